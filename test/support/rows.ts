import type { Channel, Database, Key, Task } from '../../src/db/index.ts'
import { blankKey } from '../../src/domain/blank-key.ts'
import { createLedgerStore } from '../../src/stores/ledger.ts'
import { createSlotStore } from '../../src/stores/slots.ts'
import { createTaskStore } from '../../src/stores/tasks.ts'

/* Rows for tests of the stores: whole, with only what the test cares about named. */

export const keyRow = (more: Partial<Key> = {}): Key => ({
  ...blankKey,
  id: 'key_1',
  name: 'test',
  hash: more.id ?? 'key_1',
  hint: 'sk-…',
  createdAt: 1,
  ...more
})

export const channelRow = (more: Partial<Channel> = {}): Channel => ({
  id: 'chan_1',
  name: more.id ?? 'chan_1',
  vendor: 'cloudsway',
  baseUrl: 'https://vendor.test',
  credential: 'sealed',
  options: {},
  models: { m: 'm' },
  maxConcurrency: null,
  submitsPerMinute: null,
  priority: 0,
  weight: 1,
  disabled: false,
  builtIn: false,
  health: { state: 'ok' },
  inFlight: 0,
  learnedLimit: null,
  nextSubmitAt: 0,
  probeAt: null,
  createdAt: 1,
  deletedAt: null,
  ...more
})

export const taskRow = (more: Partial<Task> = {}): Task => ({
  id: 'video_1',
  keyId: 'key_1',
  parentId: null,
  model: 'm',
  status: 'queued',
  prompt: 'hé 🎬',
  milliseconds: 5000,
  size: null,
  expectedSize: null,
  seed: null,
  n: 1,
  user: null,
  group: null,
  remixedFrom: null,
  responseFormat: null,
  callbackUrl: null,
  callbackFront: null,
  fingerprint: 'f',
  retryCount: 0,
  traceparent: null,
  channelId: null,
  upstreamModel: null,
  attemptId: null,
  operation: null,
  progress: 0,
  result: null,
  failure: null,
  errorCode: null,
  errorMessage: null,
  vendorCode: null,
  warnings: [],
  cancelRequested: false,
  price: null,
  currency: null,
  prices: null,
  charged: 0,
  decidedAt: null,
  dueAt: 1000,
  leaseOwner: null,
  leaseUntil: null,
  fence: 0,
  tries: 0,
  crashCount: 0,
  deadlineAt: 1e15,
  queueTag: null,
  slot: false,
  createdAt: 1,
  startedAt: null,
  finishedAt: null,
  followUpAt: null,
  expiresAt: null,
  deletedAt: null,
  ...more
})

export const route = { channel: { id: 'chan_1' }, upstreamModel: 'm' }

/** The stores over one database, with one key and one channel in it. */
export async function seededStores(
  database: Database,
  { key = {}, channel = {} }: { key?: Partial<Key>; channel?: Partial<Channel> } = {}
) {
  await database.db.insert(database.keys).values(keyRow(key))
  await database.db.insert(database.channels).values(channelRow(channel))
  const ledger = createLedgerStore(database)
  return { ledger, tasks: createTaskStore({ database, slots: createSlotStore(database), ledger }) }
}
