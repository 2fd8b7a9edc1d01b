import type { Database } from '../../../src/db/index.ts'
import { lowestId, newId } from '../../../src/lib/ids.ts'
import type { Stores } from '../../../src/stores/index.ts'
import type { TaskPage } from '../../../src/stores/task-search.ts'
import { FIRST_AT } from '../../support/many-tasks.ts'
import { route, taskRow } from '../../support/rows.ts'

/** A database with many tasks, and which of them this round asks for. */
export interface Scene {
  stores: Stores
  database: Database
  /** milliseconds: when the newest task was created */
  end: number
  /** a task of this round, as likely an old one as a new one */
  taskId: string
  /** an id of that task's moment in another table */
  idOf(prefix: string): string
}

export interface Query {
  group: 'client API' | 'loop' | 'console'
  name: string
  /** how many times as many rows it reads as with 10,000 tasks, by design: it stops at some number */
  rows: number
  run(scene: Scene): Promise<unknown>
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
// many tasks of all are of these; key_1, chan_1 and model-1 have few
const [KEY, CHANNEL, MODEL] = ['key_6', 'chan_3', 'model-6']
const newest = { limit: 21, order: 'desc' } as const
const found: TaskPage = { sort: 'created', order: 'desc', limit: 50 }
const everybody = { models: [], keys: [] }
const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
const lastHour = ({ end }: Scene) => ({ from: end - HOUR, to: end })

const clients: Record<string, Query['run']> = {
  'a task': ({ stores, taskId }) => stores.tasks.get(taskId),
  'the newest tasks': ({ stores }) => stores.tasks.list({ ...newest, keyId: KEY }),
  'tasks of a deep page': ({ stores, taskId }) => stores.tasks.list({ ...newest, keyId: KEY, after: taskId }),
  'the oldest tasks': ({ stores }) => stores.tasks.list({ ...newest, order: 'asc', keyId: KEY }),
  'the newest tasks of a small key': ({ stores }) => stores.tasks.list({ limit: 6, order: 'desc', keyId: 'key_1' }),
  'child tasks of a task': ({ stores, taskId }) => stores.tasks.childrenOf(taskId),
  'a file of a task': ({ stores, taskId }) => stores.assets.find(taskId, 0, 'thumbnail'),
  'place in the queue': ({ stores }) => stores.tasks.queuedBefore(1e15, 1000),
  'typical durations of a model': ({ stores }) => stores.tasks.recentDurations(MODEL),
  'tasks whose clients wait': ({ stores, taskId }) => stores.tasks.marks([taskId]),
  'an Idempotency-Key': ({ stores, taskId }) => stores.idempotency.find(KEY, taskId),
  'a repeated request': ({ stores, end }) =>
    stores.idempotency.absorbRetry(KEY, 'other', 1, lowestId('video', end - 10 * MINUTE)),
  'a video to reuse': ({ stores, end }) =>
    stores.idempotency.reuse(KEY, 'other', end - HOUR, end, () => Promise.reject(new Error('none is alike'))),
  'usage of a key': ({ stores }) => stores.ledger.spend.totalsOf(KEY),
  'a create, its submit, its end': async ({ stores, end }) => {
    const row = taskRow({ id: newId('video', end), keyId: KEY, price: 1, currency: 'USD', createdAt: end, dueAt: end })
    const made = await stores.tasks.create(row, { ...video }, [route], { owner: 'a', reconcileAt: end, now: end })
    const set = { status: 'completed', finishedAt: end, dueAt: null } as const
    const [{ task } = { task: made.task }] = made.started
    await stores.tasks.apply(task, { set, freeSlot: true, settle: 'capture', notify: 'video.completed' }, end)
  },
  'deliveries of an endpoint': ({ stores }) => stores.deliveries.list({ ...newest, endpointId: 'whk_1' })
}

const loop: Record<string, Query['run']> = {
  'claim due tasks': ({ stores, end }) => stores.tasks.claimDue('a', end, end + MINUTE, 32),
  'a suspect task': ({ stores, end }) => stores.tasks.claimSuspect('a', end, end + MINUTE),
  'when the next is due': ({ stores }) => stores.tasks.nextDue(FIRST_AT),
  'lease of a task': ({ stores, end, taskId }) => stores.tasks.claim(taskId, 'a', end, end + MINUTE),
  'release leases': ({ stores }) => stores.tasks.releaseLeases('a'),
  'pick waiting tasks': ({ stores, end }) => stores.tasks.nextWaiting(end, everybody, 32),
  'pick past a full model': ({ stores, end }) => stores.tasks.nextWaiting(end, { models: [MODEL], keys: [] }),
  'pick past a full key': ({ stores, end }) => stores.tasks.nextWaiting(end, { models: [], keys: [KEY] }),
  'tasks of the queue that are over': ({ stores, end }) => stores.tasks.waitedTooLong(end - HOUR, 100),
  'the queue': ({ stores }) => stores.tasks.queueTags(),
  'models that are waited for': ({ stores }) => stores.tasks.waitingModels(),
  'claim follow-ups': ({ stores, end }) => stores.followUps.claimDue(end, end + MINUTE, 100),
  'unresolved outcomes': ({ stores, end }) => stores.unresolved.open(end, 100),
  'clock repair': ({ stores, end }) => stores.clockRepair.clampSchedule('a', end + HOUR, HOUR),
  'is an operation taken': ({ stores, taskId }) => stores.tasks.isTaken(CHANNEL, taskId, taskId),
  'events to deliver': ({ stores, end }) => stores.deliveries.fanOut(end, end + HOUR, 500),
  'webhooks due': ({ stores, end }) => stores.deliveries.due(end, 100, { partitions: [], keys: [] }),
  'claim a webhook': ({ stores, end, idOf }) => stores.deliveries.claim([idOf('dlv')], end, end + MINUTE),
  'when a webhook is due': ({ stores, end }) => stores.deliveries.nextDue(end),
  'archive due': ({ stores, end }) => stores.assets.claimDue(end, end + MINUTE, 4),
  'thumbnails due': ({ stores, end }) => stores.assets.claimDue(end, end + MINUTE, 4, ['thumbnail']),
  'files that are being copied': ({ stores, end, taskId, idOf }) => stores.assets.claimed([taskId, idOf('ast')], end),
  'expired Idempotency-Keys': ({ stores }) => stores.idempotency.pruneOlder(FIRST_AT),
  'left files of requests': ({ stores, end }) => stores.tasks.sweepFiles(lowestId('video', end)),
  'old exchanges': ({ stores }) => stores.exchanges.pruneOlder(FIRST_AT, 1000),
  'old deliveries': ({ stores }) => stores.deliveries.pruneOlder(FIRST_AT, 1000),
  'gauges of the metrics': async ({ stores: { present } }) => [
    await present.queued(),
    await present.undecided(),
    await present.pendingDeliveries()
  ],
  'lost files, for alerts': ({ stores, end }) => stores.assets.lost(end - HOUR, 20),
  'used budgets, for alerts': ({ stores, end }) => stores.budgets.used(end)
}

const search = (more: Partial<TaskPage>): Query['run'] => {
  return ({ stores }) => stores.taskSearch.find({ ...found, ...more })
}

const operators: Record<string, Query['run']> = {
  'overview: ended': scene => scene.stores.insights.ended(lastHour(scene), MINUTE),
  'overview: spent': scene => scene.stores.insights.spent(lastHour(scene), MINUTE),
  'overview: times': scene => scene.stores.insights.times(lastHour(scene)),
  'overview: failures': scene => scene.stores.insights.failures(lastHour(scene), 100),
  'overview: now': ({ stores }) => stores.insights.present(),
  'overview: files in trouble': ({ stores }) => stores.assets.troubled(),
  'tasks: newest': search({}),
  'tasks: deep page': ({ stores, taskId }) => stores.taskSearch.find({ ...found, after: taskId }),
  'tasks: of a key': search({ keyId: KEY }),
  'tasks: of a model': search({ model: MODEL }),
  'tasks: of a channel': search({ channelId: CHANNEL }),
  'tasks: failed': search({ states: ['failed'] }),
  'tasks: open': search({ states: ['waiting', 'running'] }),
  'tasks: failed, of a key': search({ states: ['failed'], keyId: KEY }),
  'tasks: succeeded, of a model': search({ states: ['succeeded'], model: MODEL }),
  'tasks: with an error': search({ error: 'generation_failed' }),
  'tasks: with a code of the vendor': search({ vendorCode: '1301' }),
  'tasks: of a time': scene => scene.stores.taskSearch.find({ ...found, ...lastHour(scene) }),
  'tasks: the most expensive': search({ sort: 'cost' }),
  'tasks: the longest': search({ sort: 'duration' }),
  'tasks: search': search({ q: 'a needle' }),
  'tasks: totals': ({ stores }) => stores.taskSearch.totals({}),
  'tasks: totals of failures': ({ stores }) => stores.taskSearch.totals({ states: ['failed'] }),
  'tasks: what the rows show': async ({ stores }) =>
    stores.taskDetails.extrasOf((await stores.taskSearch.find(found))!.rows),
  'a task: its attempts': ({ stores, taskId }) => stores.tasks.attemptsOf(taskId),
  'a task: its events': ({ stores, taskId }) => stores.tasks.eventsOf(taskId),
  'a task: its money': ({ stores, taskId }) => stores.ledger.ofTask(taskId),
  'a task: its exchanges': ({ stores, taskId }) => stores.exchanges.ofTask(taskId),
  'usage of an hour by key': scene => scene.stores.usage.report({ by: ['key'], tz: 'UTC', ...lastHour(scene) }),
  'usage of an hour by model': scene => scene.stores.usage.report({ by: ['model'], tz: 'UTC', ...lastHour(scene) }),
  'channels: an hour of one': ({ stores, end }) => stores.accountStats.ofChannel(CHANNEL, end - HOUR),
  'channels: queued': ({ stores }) => stores.accountStats.queued('model'),
  'keys: days of spending': ({ stores, end }) => stores.accountStats.daysOf([KEY, 'key_6'], end - HOUR),
  'keys: models of one': ({ stores, end }) => stores.accountStats.modelsOf(KEY, end - HOUR),
  'models: without a price': ({ stores, end }) => stores.accountStats.unpriced(MODEL, end - HOUR),
  'ledger: newest': ({ stores }) => stores.ledger.list(newest),
  'ledger: of a key': ({ stores }) => stores.ledger.list({ ...newest, keyId: KEY }),
  'deliveries: newest': ({ stores }) => stores.deliveries.list(newest),
  'deliveries: failed': ({ stores }) => stores.deliveries.list({ ...newest, status: 'failed', limit: 6 }),
  'audit: newest': ({ stores }) => stores.audit.find({ limit: 20 }),
  'audit: of an action': ({ stores }) => stores.audit.find({ limit: 10, what: 'key.create' })
}

// a search looks at 20,000 tasks, and totals count up to 10,001 of them
const bounded: Record<string, number> = { 'tasks: search': 2, 'tasks: totals of failures': 10 }

const of = (group: Query['group'], queries: Record<string, Query['run']>): Query[] =>
  Object.entries(queries).map(([name, run]) => ({ group, name, rows: bounded[name] ?? 1, run }))

/** What the client API, the loop and the console ask of their database, by the stores' own functions. */
export const queries: readonly Query[] = [
  ...of('client API', clients),
  ...of('loop', loop),
  ...of('console', operators)
]
