import { withSound } from './shared/sound.ts'
import type { Vendor } from './vendor.ts'

/**
 * Returns a vendor whose `submit` gets the sound of a request in the vendor's own word. Hides the operation's type, which only the vendor knows:
 * everything else stores it as opaque JSON.
 */
export function defineVendor<Operation>(vendor: Vendor<Operation>): Vendor {
  const submit: Vendor['submit'] = (video, channel) => {
    const told = withSound(video, channel, vendor.sound(video, channel))
    return 'kind' in told ? told : vendor.submit(told, channel)
  }
  // true because an operation only returns to the vendor that made it: a task stays with the channel that submitted it
  return { ...vendor, submit } as Vendor
}
