import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { ExchangeRow, Task } from '../db/index.ts'
import { isShort } from '../lib/is-short.ts'
import { describeAnswer, describeRequest, withoutSecretValues } from './exchange-text.ts'
import { newId } from '../lib/ids.ts'
import type { ExchangeStore } from '../stores/exchanges.ts'
import type { TaskChange } from '../stores/tasks.ts'
import type { Call, Watch, Watcher } from './watched-exchange.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest } from '../vendors/vendor.ts'

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

/** A call as it is remembered: what was sent and answered is described when it is written, which costs more than the call itself. */
interface Entry extends Pick<ExchangeRow, 'taskId' | 'attemptId' | 'step' | 'count' | 'firstAt' | 'startedAt'> {
  milliseconds: number
  /** of the channel; its secrets are taken out of the description */
  config: ChannelConfig
  /** described at once when it is large */
  sent: HttpRequest | ReturnType<typeof describeRequest>
  /** a text: why there is no answer */
  got: HttpAnswer | ReturnType<typeof describeAnswer> | string
}

/**
 * Logs what is sent to vendors for a task and what they answer. Entries are made from requests before they are signed, so they have no
 * credential; of the polls of an attempt only the last is stored.
 */
export function createExchangeLog({ store, mode, load, now, log }: Dependencies) {
  /** entries that are written when their task ends, by task; one for each attempt and step */
  const pending = new LRUCache<string, Entry[]>({ max: MOST_TASKS })

  const write = (entry: Entry) =>
    store
      .insert(rowOf(entry))
      .catch((error: unknown) => log.warn({ task: entry.taskId, err: error }, 'exchange log not written'))

  function keep(entry: Entry) {
    const entries = pending.get(entry.taskId)
    if (!entries) return pending.set(entry.taskId, [entry])
    const at = entries.findIndex(({ step, attemptId }) => step === entry.step && attemptId === entry.attemptId)
    const before = entries[at]
    if (!before) return entries.push(entry)
    entry.count = before.count + 1
    entry.firstAt = before.firstAt
    entries[at] = entry
  }

  function record(entry: Entry, isBad: boolean) {
    if (entry.step === 'poll' || (mode() === 'errors' && !isBad)) keep(entry)
    else void write(entry)
  }

  function call({ config, request, about }: Call): Watch<HttpAnswer> | undefined {
    if (mode() === 'off' || !about) return undefined
    const startedAt = now()
    const { taskId, attemptId, step } = about
    const sent = isShort(request, REMEMBERED) ? request : describeRequest(request, config)

    function end(isBad: boolean, got: Entry['got']) {
      const milliseconds = Math.max(0, Math.round(now() - startedAt))
      const firstAt = startedAt
      record({ taskId, attemptId, step, count: 1, firstAt, startedAt, milliseconds, config, sent, got }, isBad)
    }

    return {
      answered: answer =>
        end(answer.status >= 400, isShort(answer, REMEMBERED) ? answer : describeAnswer(answer, config)),
      failed: error => end(true, error instanceof Error ? error.message : String(error))
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
      if (!entries || !pending.delete(id)) return
      if (mode() === 'all' || task.status === 'failed') for (const entry of entries) void write(entry)
    }
  }
}

function rowOf({ config, sent, got, ...entry }: Entry): ExchangeRow {
  const { logged: request, truncated } = 'logged' in sent ? sent : describeRequest(sent, config)
  const row = { ...entry, id: newId('exc', entry.startedAt), request }
  if (typeof got === 'string') return { ...row, response: null, error: withoutSecretValues(got, config), truncated }
  const { logged: response, truncated: isCut } = 'logged' in got ? got : describeAnswer(got, config)
  return { ...row, response, error: null, truncated: truncated || isCut }
}
