import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { AskedFields, Task } from '../db/index.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import { shortened } from '../lib/clean-text.ts'
import { defined } from '../lib/defined.ts'
import { toDecimal } from '../lib/money.ts'
import { readTraceparent } from '../lib/traceparent.ts'
import { stringsIn, withoutEcho } from '../lib/without-echo.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { NameStore } from '../stores/names.ts'
import type { TaskMoment } from '../stores/task-moment.ts'

/** A moment of a task, with the names that people know. */
export interface ToldMoment extends TaskMoment {
  /** null: unknown, or no channel has it yet */
  key: string | null
  channel: string | null
  /** micro-units charged with this moment */
  charged: number
}

interface Dependencies {
  names: NameStore
  ledger: Pick<LedgerStore, 'ofTask'>
  attemptsOf(taskId: string): Promise<readonly unknown[]>
  askedOf(taskId: string): Promise<AskedFields | undefined>
  /** called for each moment, in order */
  onMoment(told: ToldMoment): void
  log: Logger
}

// of keys and channels; a new name is in the log a minute later
const NAMES = { max: 5000, ttl: 60_000 }
const LONGEST_WORDS = 300
// what the request was at fault for: nothing for the operator to do
const theirs = new Set(['content_policy_violation', 'invalid_request', 'cancelled'])

/** Tells what tasks go through: one line in the log when a task is accepted, submitted and ended, and the same moment to the metrics. */
export function createJournal({ names, ledger, attemptsOf, askedOf, onMoment, log }: Dependencies) {
  const known = new LRUCache<string, string>(NAMES)
  // one after the other, so that the lines of a task are in order
  let written = Promise.resolve()

  async function nameOf(kind: 'keys' | 'channels', id: string | null): Promise<string | null> {
    if (id === null) return null
    const name = known.get(id) ?? (await names[kind]([id])).get(id) ?? null
    if (name !== null) known.set(id, name)
    return name
  }

  async function tell(moment: TaskMoment): Promise<void> {
    const { what, task } = moment
    const key = await nameOf('keys', task.keyId)
    const channel = await nameOf('channels', task.channelId)
    const charged = what === 'ended' || what === 'settled' ? await chargedFor(task) : 0
    const told = { ...moment, key, channel, charged }
    onMoment(told)
    if (log.isLevelEnabled('warn')) await write(told)
  }

  /** Micro-units that were captured; a task's money is captured once, and corrections come later. */
  async function chargedFor({ id, price }: Task): Promise<number> {
    if (price === null) return 0
    const entries = await ledger.ofTask(id)
    return entries.find(({ kind }) => kind === 'capture')?.amount ?? 0
  }

  async function write(told: ToldMoment): Promise<void> {
    const { what, task } = told
    const about = {
      task: task.id,
      ...defined({ parent: task.parentId ?? undefined, trace: readTraceparent(task.traceparent)?.traceId }),
      key: told.key,
      keyId: task.keyId,
      model: task.model,
      ...(task.channelId !== null && { channel: told.channel, channelId: task.channelId })
    }
    if (what === 'created')
      log.info({ ...about, ...(task.n > 1 && { videos: task.n }), queued: task.queueTag !== null }, 'task accepted')
    if (what === 'submitted')
      log.info({ ...about, seconds: secondsBetween(task.createdAt, task.startedAt) }, 'task submitted')
    if (what === 'ended') await writeEnd(told, about)
  }

  async function writeEnd({ task, charged }: ToldMoment, about: object): Promise<void> {
    const isFailed = task.status === 'failed'
    const level = isFailed && !theirs.has(task.errorCode ?? '') ? 'warn' : 'info'
    if (!log.isLevelEnabled(level)) return
    const summary = {
      ...about,
      ...(!isFannedOut(task) && { attempts: (await attemptsOf(task.id)).length }),
      seconds: secondsBetween(task.createdAt, task.finishedAt),
      ...(task.currency !== null && { cost: `${toDecimal(charged)} ${task.currency}` })
    }
    if (!isFailed) return log.info(summary, 'task completed')
    const { kind, code, message } = task.failure ?? {}
    const words = message === undefined ? undefined : await wordsOf(task, message)
    log[level]({ ...summary, error: task.errorCode, ...defined({ kind, code, words }) }, 'task failed')
  }

  /** The vendor's words, without those of the request. */
  async function wordsOf({ id, parentId, prompt }: Task, message: string): Promise<string> {
    const asked = await askedOf(parentId ?? id)
    return shortened(withoutEcho(message, [prompt, ...stringsIn(asked)]), LONGEST_WORDS)
  }

  return {
    /** Tells a moment, after those before it. Never throws. */
    record(moment: TaskMoment): void {
      written = written
        .then(() => tell(moment))
        .catch((error: unknown) => log.warn({ task: moment.task.id, err: error }, 'task log not written'))
    },

    /** Resolves when everything so far has been told. */
    done: () => written
  }
}

const secondsBetween = (from: number, to: number | null) => Math.round(Math.max(0, (to ?? from) - from) / 100) / 10
