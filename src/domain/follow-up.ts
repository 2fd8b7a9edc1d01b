import { defined } from '../lib/defined.ts'
import type { Cost, Failure, Polled, Succeeded } from '../vendors/vendor.ts'

/* Follow-up: a task that has ended for its client, cancelled or expired, while its vendor may still make the video. Pure. */

/** How the vendor ended it, and what that means for its hold. */
export interface VendorEnd {
  settle: 'capture' | 'release'
  /** what was made, for its price; the client does not get it */
  made?: Succeeded
  failure?: Failure
  /** what the vendor says it charges */
  cost?: Cost
}

/** Returns the end that a poll shows; null: the vendor has not ended it. */
export function vendorEnd(polled: Polled): VendorEnd | null {
  if (polled.status === 'succeeded') return { settle: 'capture', made: polled, ...defined({ cost: polled.cost }) }
  if (polled.status !== 'failed') return null
  const { failure, cost } = polled
  return { settle: failure.billed ? 'capture' : 'release', failure, ...defined({ cost }) }
}
