import type { FrontVideo } from '../front.ts'

/** The states of a video that wires tell apart; `cancelled` and `expired` are failures of ours. */
export type State = FrontVideo['status'] | 'cancelled' | 'expired'

/** Returns the state of a video. */
export function stateOf({ status, error }: Pick<FrontVideo, 'status' | 'error'>): State {
  if (status !== 'failed') return status
  return error?.code === 'cancelled' || error?.code === 'expired' ? error.code : status
}

/** Returns why a failed video failed; undefined for others. */
export const reasonOf = ({ error }: Pick<FrontVideo, 'error'>): string | undefined => error?.message

/** Returns the seconds of unix time. */
export const unix = (time: number) => Math.floor(time / 1000)

/** The same, with a note where the content was refused: wires without codes leave that to the words. */
export const codedReason = ({ error }: Pick<FrontVideo, 'error'>): string | undefined =>
  error?.code === 'content_policy_violation' ? `${error.message} (content policy)` : error?.message
