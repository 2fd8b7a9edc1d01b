import type { Channel } from '../db/index.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** One way to make a model's videos: a channel, and its vendor's name of the model. */
export interface Route {
  channel: Channel
  vendor: Vendor
  upstreamModel: string
}

/** Whether new tasks may go to a route, also one that is cooling down. */
export const isUsable = ({ channel }: Route) => !channel.disabled && channel.health.state !== 'disabled'
