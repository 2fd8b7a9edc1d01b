import type { Vendor } from '../../src/vendors/vendor.ts'

export type WatchedVendor = ReturnType<typeof watchVendor>

/** Puts a vendor into the registry that counts what it is asked, until it is restored. */
export function watchVendor(vendors: Record<string, Vendor>, id: string) {
  const vendor = vendors[id]!
  /** the channel's address, for each description */
  const described: string[] = []
  /** the reference, for each body */
  const built: string[] = []
  vendors[id] = {
    ...vendor,
    submit(video, channel) {
      described.push(channel.baseUrl)
      const submission = vendor.submit(video, channel)
      if (submission.kind === 'refuse') return submission
      const { first } = submission
      return {
        ...submission,
        first(context) {
          built.push(context.reference)
          return first(context)
        }
      }
    }
  }
  return {
    described,
    built,
    restore() {
      vendors[id] = vendor
    }
  }
}
