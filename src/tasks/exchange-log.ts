import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { ExchangeRow, Task } from '../db/index.ts'
import { isShort } from '../lib/is-short.ts'
import { describeAnswer, describeRequest, withoutSecretValues } from './exchange-text.ts'
import { newId } from '../lib/ids.ts'
import type { ExchangeStore } from '../stores/exchanges.ts'
import type { TaskChange } from '../stores/tasks.ts'
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
/** characters of a request or an answer that is remembered as it is: most are, and are never described */
const REMEMBERED = 16_000

/** An entry before it is described, which costs more than the call itself. */
interface Entry extends Pick<ExchangeRow, 'taskId' | 'attemptId' | 'step' | 'count' | 'firstAt'> {
  isBad: boolean
  row(): ExchangeRow
}

/**
 * Logs what is sent to vendors for a task and what they answer. Entries are made from requests before they are signed, so they have no
 * credential; of the polls of an attempt only the last is stored.
 */
export function createExchangeLog({ store, mode, load, now, log }: Dependencies) {
  /** entries that are written when their task ends, by task and what they are about */
  const pending = new LRUCache<string, Map<string, Entry>>({ max: MOST_TASKS })

  const write = ({ row, count, firstAt, taskId }: Entry) =>
    store
      .insert({ ...row(), count, firstAt })
      .catch((error: unknown) => log.warn({ task: taskId, err: error }, 'exchange log not written'))

  function keep(entry: Entry) {
    const entries = pending.get(entry.taskId) ?? new Map<string, Entry>()
    const name = `${entry.attemptId} ${entry.step}`
    const before = entries.get(name)
    entries.set(name, before ? { ...entry, count: before.count + 1, firstAt: before.firstAt } : entry)
    pending.set(entry.taskId, entries)
  }

  function record(entry: Entry) {
    if (entry.step === 'poll' || (mode() === 'errors' && !entry.isBad)) keep(entry)
    else void write(entry)
  }

  function call({ config: { credential, baseUrl }, request, about }: Call): Watch<HttpAnswer> | undefined {
    if (mode() === 'off' || !about) return undefined
    const startedAt = now()
    const secrets = Object.values(credential)
    const sent = later(request, given => describeRequest(given, baseUrl, secrets))
    const { taskId, attemptId, step } = about

    function end(isBad: boolean, got: () => Pick<ExchangeRow, 'response' | 'error' | 'truncated'>) {
      const milliseconds = Math.max(0, Math.round(now() - startedAt))
      const row = (): ExchangeRow => {
        const { logged, truncated } = sent()
        const rest = got()
        const common = { id: newId('exc', startedAt), taskId, attemptId, step, startedAt, milliseconds, count: 1 }
        return { ...common, ...rest, request: logged, truncated: truncated || rest.truncated, firstAt: startedAt }
      }
      record({ taskId, attemptId, step, count: 1, firstAt: startedAt, isBad, row })
    }

    return {
      answered(answer) {
        const got = later(answer, given => describeAnswer(given, secrets))
        end(answer.status >= 400, () => ({ response: got().logged, error: null, truncated: got().truncated }))
      },
      failed(error) {
        const message = withoutSecretValues(error instanceof Error ? error.message : String(error), secrets)
        end(true, () => ({ response: null, error: message, truncated: false }))
      }
    }
  }

  return {
    watcher: { call } satisfies Watcher,

    /** A task changed: when it has ended, what was remembered of it is written, or forgotten when only errors are logged and it succeeded. */
    async changed({ id, moment, remote }: TaskChange): Promise<void> {
      // a change here says when it is an end
      if (!pending.has(id) || (!moment && !remote)) return
      const task = moment?.task ?? (await load(id))
      if (!task || task.finishedAt === null) return
      const entries = pending.get(id)
      if (!entries?.size || !pending.delete(id)) return
      if (mode() === 'all' || task.status === 'failed') for (const entry of entries.values()) void write(entry)
    }
  }
}

/**
 * Returns what describes it when it is asked for; something large is described at once, and not remembered: no closure that lives on may have it
 * in its scope, which is why these are functions of their own.
 */
function later<Given, Made>(given: Given, describe: (given: Given) => Made): () => Made {
  return isShort(given, REMEMBERED) ? bound(describe, given) : kept(describe(given))
}

const bound =
  <Given, Made>(describe: (given: Given) => Made, given: Given) =>
  () =>
    describe(given)

const kept =
  <Made>(made: Made) =>
  () =>
    made
