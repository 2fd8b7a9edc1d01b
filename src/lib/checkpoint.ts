import { channel } from 'node:diagnostics_channel'

/** Moments between two writes at which a crash must lose nothing. */
export type Checkpoint =
  | 'created'
  | 'before-send'
  | 'after-send'
  | 'bound'
  | 'claimed'
  | 'polled'
  | 'ended'
  | 'archived'
  | 'delivered'

/** Where this process says which checkpoint it passes. Nobody listens but crash tests (`test/support/kill-at.ts`). */
export const checkpoints = channel('reelay:checkpoint')

/** Says that this process passes a checkpoint. Free while nobody listens. */
export function passCheckpoint(name: Checkpoint): void {
  if (checkpoints.hasSubscribers) checkpoints.publish(name)
}
