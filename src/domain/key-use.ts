import type { Key } from '../db/index.ts'

/** Whether a key may be used at `now` (milliseconds): not disabled, revoked or expired. */
export const isUsable = ({ disabled, revokedAt, expiresAt }: Key, now: number): boolean =>
  !disabled && revokedAt === null && (expiresAt === null || expiresAt > now)
