import { withUsableRoles } from './shared/roles.ts'
import { withSound } from './shared/sound.ts'
import type { Vendor, VideoRequest } from './vendor.ts'

/**
 * Returns a vendor that gets images in roles that the model takes, and whose `submit` gets the sound of a request in the vendor's own word. Hides
 * the operation's type, which only the vendor knows: everything else stores it as opaque JSON.
 */
export function defineVendor<Operation>(vendor: Vendor<Operation>): Vendor {
  const { submit, submitted, limits, lookup, found } = vendor
  const ready = (video: VideoRequest) => withUsableRoles(video, vendor.models)
  const defined: Vendor<Operation> = {
    ...vendor,
    submit(video, channel) {
      const told = withSound(ready(video), channel, vendor.sound(ready(video), channel))
      return 'kind' in told ? told : submit(told, channel)
    },
    submitted: (answer, video, channel) => submitted(answer, ready(video), channel),
    ...(limits && { limits: (video, channel) => limits(ready(video), channel) }),
    ...(lookup && { lookup: (video, channel, context) => lookup(ready(video), channel, context) }),
    ...(found && { found: (answer, video, channel, context) => found(answer, ready(video), channel, context) })
  }
  // true because an operation only returns to the vendor that made it: a task stays with the channel that submitted it
  return defined as Vendor
}
