import type { Key } from '../db/schema.ts'

/** A member key that nobody has set anything for: no limits, no budget, never used or rotated. Its id, name, secret and time are its maker's. */
export const blankKey: Omit<Key, 'id' | 'name' | 'hash' | 'createdAt'> = {
  role: 'member',
  scopes: null,
  userId: null,
  owner: null,
  hint: '',
  callbackSecret: null,
  oldHash: null,
  oldCallbackSecret: null,
  oldExpiresAt: null,
  oldLastUsedAt: null,
  models: null,
  ipAllowlist: null,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrency: null,
  maxQueued: null,
  budget: null,
  dialect: 'auto',
  durationPolicy: null,
  disabled: false,
  revokedAt: null,
  lastUsedAt: null,
  lastUsedIp: null,
  inFlight: 0,
  queueTag: 0
}
