import type { Logger } from 'pino'
import type { Attempt, Task } from '../db/index.ts'
import type { Clock } from '../lib/clock.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { isDatabaseDown } from '../lib/database-down.ts'
import { damageIn, DamagedError } from '../lib/damaged.ts'
import { defined } from '../lib/defined.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { LongLeases } from './long-leases.ts'
import type { Throughput } from './throughput.ts'
import type { Poller } from './poll.ts'
import { advance, type TaskEvent } from '../domain/lifecycle.ts'
import { isResting } from '../domain/policy.ts'
import type { Route } from '../domain/route.ts'
import type { Routing } from './routing.ts'
import type { Described, Submit } from './submit.ts'

interface Dependencies {
  tasks: TaskStore
  routing: Routing
  submit: Submit
  leases: Pick<LongLeases, 'renew'>
  poller: Poller
  throughput: Throughput
  log: Logger
  now(): number
  clock: Clock
  /** unique per process: the owner of its leases */
  owner: string
  reconcileAfterMs: number
}

/** Where a queued task may go, and the earlier reference that it must reuse, if any. */
interface Candidates {
  routes: Route[]
  reference?: string
}

const LEASE = 30_000
const BATCH = 100
const MAX_STEPS = 500
// two together with other tasks, which proves nothing, and three alone
const MAX_CRASHES = 5
const SUSPECT_EVERY = 1000
// a process that crashes sooner does so for another reason, or because of a task that is not a suspect yet
const STABLE_AFTER = 20_000

/** Claims tasks and works on them: those that are due, and queued ones when slots are free. */
export function createWorker({
  tasks,
  routing,
  submit,
  leases,
  poller,
  throughput,
  log,
  now,
  clock,
  owner,
  reconcileAfterMs
}: Dependencies) {
  const inFlight = new Set<Promise<unknown>>()
  /** submits in flight of tasks that left the queue, by task id */
  const submitting = new Map<string, Promise<Task>>()
  /** descriptions of tasks that were just created and may leave the queue at once */
  const described = new Map<string, Described>()
  const steps = new Set<Promise<void>>()
  let suspected: Promise<void> | undefined
  let suspectedAt = 0
  const startedAt = now()
  let stopping = false

  const write = (task: Task, event: TaskEvent) => tasks.apply(task, advance(task, event, now()), now())

  function track<T>(work: Promise<T>): Promise<T> {
    inFlight.add(work)
    void work.finally(() => inFlight.delete(work)).catch(() => {})
    return work
  }

  async function safely(task: Task, work: () => Promise<unknown>) {
    try {
      await work()
    } catch (error) {
      if (error instanceof DamagedError) return setAside(task, [error.message])
      log.error({ task: task.id, err: error }, 'task step failed')
      // written in any case: an expired lease would count as a crash
      const event = isDatabaseDown(error) ? ({ type: 'paused', retryIn: LEASE } as const) : poller.afterError(task)
      await write(task, event).catch(() => {})
    }
  }

  /** A task whose row cannot be read ends; its hold waits for the operator. */
  async function setAside(task: Task, problems: readonly string[]): Promise<void> {
    log.error({ task: task.id, problems }, 'task quarantined: its row is damaged')
    await write(task, { type: 'quarantined', damaged: true }).catch((error: unknown) =>
      log.error({ task: task.id, err: error }, 'task could not be quarantined')
    )
  }

  /** Submits queued tasks while there are free slots. Returns how many left the queue. */
  async function pump(): Promise<number> {
    const without = { models: [] as string[], keys: [] as string[] }
    let started = 0
    let atOnce = 1
    while (!stopping) {
      const waiting = await tasks.nextWaiting(now(), without, atOnce)
      if (waiting.length === 0) break
      const candidates = await Promise.all(waiting.map(candidatesFor))
      const outcomes = await Promise.all(waiting.map((task, number) => leave(task, candidates[number]!)))
      for (const [number, { model, keyId }] of waiting.entries()) {
        if (outcomes[number] === 'no channel slot') without.models.push(model)
        if (outcomes[number] === 'no key slot') without.keys.push(keyId)
      }
      const left = outcomes.filter(outcome => outcome === 'left' || outcome === 'set aside').length
      started += left
      // when all of them found a slot, more are probably free
      atOnce = left === waiting.length ? Math.min(atOnce * 2, tasks.startsTogether) : 1
    }
    return started
  }

  async function leave(task: Task, { routes, reference }: Candidates) {
    const columns = damageIn(task)
    const known = described.get(task.id)
    if (columns.length) {
      await setAside(task, columns)
      return 'set aside'
    }
    const next = await tasks.startWaiting(task, routes, {
      owner,
      reconcileAt: now() + reconcileAfterMs,
      now: now(),
      ...defined({ reference })
    })
    if (typeof next === 'string') return next
    throughput.recordStart(now())
    const submitted = track(submit(next.task, next.attempt, known ?? null).catch(damagedRequest(next.task)))
    submitted.catch((error: unknown) => log.error({ task: task.id, err: error }, 'submit failed'))
    submitting.set(task.id, submitted)
    void submitted.finally(() => submitting.delete(task.id)).catch(() => {})
    return 'left'
  }

  const damagedRequest =
    (task: Task) =>
    async (error: unknown): Promise<Task> => {
      if (!(error instanceof DamagedError)) throw error
      await setAside(task, [error.message])
      return (await tasks.get(task.id)) ?? task
    }

  /** Submits a task that was just queued if a slot is free. Returns null when it has to wait. */
  async function startNow(id: string, known: Described): Promise<{ submitted: Promise<Task> } | null> {
    described.set(id, known)
    try {
      await pump()
      // another pump may be taking it out of the queue; a read lets that finish
      if (!submitting.has(id)) await tasks.get(id)
    } finally {
      described.delete(id)
    }
    const submitted = submitting.get(id)
    return submitted ? { submitted } : null
  }

  async function candidatesFor(task: Task): Promise<Candidates> {
    const routes = (await routing.routesFor(task.model).catch((): Route[] => [])).filter(
      ({ channel, upstreamModel }) => !isResting(channel.health, upstreamModel, now())
    )
    if (task.tries === 0) return { routes }
    const attempts = await tasks.attemptsOf(task.id)
    const last = attempts.findLast(({ outcome }) => outcome === 'absent' || outcome === 'accepted')
    // the vendor says it never had it: resubmit to the same account under the same reference, so that the vendor would reject a duplicate
    if (last?.outcome === 'absent')
      return { routes: routes.filter(({ channel }) => channel.id === last.channelId), reference: last.reference }
    // not again on channels where the generation failed
    const failed = new Set(attempts.filter(({ outcome }) => outcome === 'accepted').map(({ channelId }) => channelId))
    return { routes: routes.filter(({ channel }) => !failed.has(channel.id)) }
  }

  /** Ends queued tasks that waited too long or were cancelled. Returns how many. */
  async function clearQueue(): Promise<number> {
    const over = await tasks.waitedTooLong(now() - clock.skipped(), BATCH)
    for (const task of over)
      await safely(task, () => write(task, task.cancelRequested ? { type: 'cancelled' } : { type: 'expired' }))
    return over.length
  }

  /**
   * Begins a step of every due task and submits queued ones; returns how many, and whether more may be due. Does not wait for the steps: one
   * silent vendor delays no other.
   */
  async function begin(): Promise<{ moved: number; isFull: boolean }> {
    await leases.renew()
    const room = Math.min(BATCH, MAX_STEPS - steps.size)
    if (stopping) return { moved: 0, isFull: false }
    const due = room > 0 ? await tasks.claimDue(owner, now(), now() + LEASE, room) : []
    if (due.length) passCheckpoint('claimed')
    for (const task of due) void take(task)
    const [suspects, cleared] = [await takeSuspect(), await clearQueue()]
    const moved = due.length + suspects + cleared + (await pump())
    return { moved, isFull: due.length === room || cleared === BATCH }
  }

  function take(task: Task): Promise<void> {
    const columns = damageIn(task)
    const work = () => (task.crashCount < MAX_CRASHES ? poller.step(task) : quarantine(task))
    const step = track(columns.length ? setAside(task, columns) : safely(task, work))
    steps.add(step)
    return step.finally(() => steps.delete(step))
  }

  /** Claims a task that was in flight at several crashes: alone, in a process that is stable, so that another crash can only be its doing. */
  async function takeSuspect(): Promise<number> {
    if (suspected || Math.abs(now() - suspectedAt) < SUSPECT_EVERY) return 0
    if (Math.abs(now() - startedAt) < STABLE_AFTER) return 0
    const task = await tasks.claimSuspect(owner, now(), now() + LEASE)
    if (task) suspected = take(task).finally(() => (suspected = undefined))
    else suspectedAt = now()
    return task ? 1 : 0
  }

  async function quarantine(task: Task) {
    log.error(
      { task: task.id, crashCount: task.crashCount },
      'task quarantined: in flight at every one of these crashes'
    )
    await write(task, { type: 'quarantined' })
  }

  return {
    /** Submits a task that was just created with a slot. Resolves to the updated task. */
    submit: (task: Task, attempt: Attempt, known: Described) => track(submit(task, attempt, known)),

    startNow,

    begin,

    /** Like `begin`, but waits for the steps and then fills the slots they freed. Returns how many moved. */
    async tick(): Promise<number> {
      const { moved } = await begin()
      await Promise.all(steps)
      return moved + (await pump())
    },

    /** Cancels a task now if it can be claimed, else at its next step. Returns the updated task. */
    async cancel(id: string): Promise<Task | undefined> {
      await tasks.requestCancel(id)
      for (const child of await tasks.childrenOf(id)) await this.cancel(child.id)
      const task = await tasks.claim(id, owner, now(), now() + LEASE)
      if (!task) return tasks.get(id)
      if (task.queueTag !== null) await write(task, { type: 'cancelled' })
      else if (task.operation !== null || task.n > 1) await track(safely(task, () => poller.step(task)))
      return tasks.get(id)
    },

    renewLink: poller.renewLink,

    /** Claims nothing more, waits for what is in flight (a paid submit is never aborted), then releases its leases. */
    async stop(): Promise<void> {
      stopping = true
      await Promise.allSettled(inFlight)
      await tasks.releaseLeases(owner)
    }
  }
}

export type Worker = ReturnType<typeof createWorker>
