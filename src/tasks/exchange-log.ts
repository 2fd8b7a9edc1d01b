import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { ExchangeRow, Task } from '../db/index.ts'
import { describeAnswer, describeRequest, withoutSecretValues } from './exchange-text.ts'
import { newId } from '../lib/ids.ts'
import type { ExchangeStore } from '../stores/exchanges.ts'
import type { Call, Watch, Watcher } from './watched-exchange.ts'
import type { HttpAnswer } from '../vendors/vendor.ts'

interface Dependencies {
  store: ExchangeStore
  /** `errors`: refusals, missing answers, and what failed tasks were told last */
  mode(): 'errors' | 'all' | 'off'
  load(id: string): Promise<Task | undefined>
  now(): number
  log: Logger
}

// tasks whose last answers are remembered until they end
const MOST_TASKS = 2000

/**
 * Logs what is sent to vendors for a task and what they answer. Entries are made from requests before they are signed, so they have no
 * credential; of the polls of an attempt only the last is stored.
 */
export function createExchangeLog({ store, mode, load, now, log }: Dependencies) {
  /** entries that are written when their task ends, by task and what they are about */
  const pending = new LRUCache<string, Map<string, ExchangeRow>>({ max: MOST_TASKS })

  const write = (row: ExchangeRow) =>
    store.insert(row).catch((error: unknown) => log.warn({ task: row.taskId, err: error }, 'exchange log not written'))

  function keep(row: ExchangeRow) {
    const entries = pending.get(row.taskId) ?? new Map<string, ExchangeRow>()
    const name = `${row.attemptId} ${row.step}`
    const before = entries.get(name)
    entries.set(name, before ? { ...row, count: before.count + 1, firstAt: before.firstAt } : row)
    pending.set(row.taskId, entries)
  }

  function record(row: ExchangeRow) {
    const isBad = row.response === null || row.response.status >= 400
    if (row.step === 'poll' || (mode() === 'errors' && !isBad)) keep(row)
    else void write(row)
  }

  function call({ config: { credential, baseUrl }, request, about }: Call): Watch<HttpAnswer> | undefined {
    if (mode() === 'off' || !about) return undefined
    const startedAt = now()
    const secrets = Object.values(credential)
    const sent = describeRequest(request, baseUrl, secrets)
    const { taskId, attemptId, step } = about
    const row = (rest: Pick<ExchangeRow, 'response' | 'error' | 'truncated'>): ExchangeRow => ({
      id: newId('exc', startedAt),
      taskId,
      attemptId,
      step,
      request: sent.logged,
      ...rest,
      startedAt,
      milliseconds: Math.max(0, Math.round(now() - startedAt)),
      count: 1,
      firstAt: startedAt
    })
    return {
      answered(answer) {
        const got = describeAnswer(answer, secrets)
        record(row({ response: got.logged, error: null, truncated: sent.truncated || got.truncated }))
      },
      failed(error) {
        const message = error instanceof Error ? error.message : String(error)
        record(row({ response: null, error: withoutSecretValues(message, secrets), truncated: sent.truncated }))
      }
    }
  }

  return {
    watcher: { call } satisfies Watcher,

    /** A task changed: when it has ended, what was remembered of it is written, or forgotten when only errors are logged and it succeeded. */
    async changed(id: string): Promise<void> {
      if (!pending.has(id)) return
      const task = await load(id)
      if (!task || task.finishedAt === null) return
      const entries = pending.get(id)
      if (!entries?.size || !pending.delete(id)) return
      if (mode() === 'all' || task.status === 'failed') for (const row of entries.values()) void write(row)
    }
  }
}
