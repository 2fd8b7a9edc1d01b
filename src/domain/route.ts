import type { Channel } from '../db/index.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** One way to make a model's videos: the account, and what its vendor calls the model. */
export interface Route {
  channel: Channel
  vendor: Vendor
  upstreamModel: string
}
