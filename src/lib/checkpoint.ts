import { channel } from 'node:diagnostics_channel'

/** Points between two writes where a crash must lose nothing. */
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

/** The same of commands: what an operator kills in the middle must be as before, or can be continued. */
export type CommandCheckpoint =
  | 'restore staged'
  | 'restore committed'
  | 'restore moved'
  | 'move begun'
  | 'move batch'
  | 'move copied'
  | 'move finished'
  | 'rewrapped'

/** The diagnostics channel of checkpoints. Only crash tests subscribe (`test/support/kill-at.ts`). */
export const checkpoints = channel('reelay:checkpoint')

/** Publishes that this process passes a checkpoint. Costs nothing without subscribers. */
export function passCheckpoint(name: Checkpoint | CommandCheckpoint): void {
  if (checkpoints.hasSubscribers) checkpoints.publish(name)
}
