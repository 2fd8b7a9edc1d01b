import type { FailureKind, Polled } from '../vendor.ts'

/* What clients read about a failed task when its vendor gives no text. */

const texts: Partial<Record<FailureKind, string>> = {
  cancelled: 'The task was cancelled at the vendor.',
  content_policy: "The video did not pass the vendor's moderation.",
  expired: 'The task expired at the vendor.',
  not_found: 'The vendor does not know this task.'
}

export const textOfKind = (kind: FailureKind) => texts[kind] ?? 'The generation failed, and the vendor gave no reason.'

/** For a task that succeeded, by its status, and has no video. */
export const noVideo = {
  status: 'failed',
  failure: { kind: 'server', message: 'The vendor reported success, but returned no video.' }
} as const satisfies Polled
