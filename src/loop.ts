import type { Logger } from 'pino'
import type { Clock } from './lib/clock.ts'
import type { TaskStore } from './stores/tasks.ts'
import type { Health } from './tasks/channel-health.ts'
import type { Keeping } from './files/archiver.ts'
import type { Suspense } from './tasks/unresolved.ts'
import type { Worker } from './tasks/worker.ts'

interface Dependencies {
  worker: Worker
  tasks: TaskStore
  health: Health
  /** null: nothing is kept */
  keeping: Keeping | null
  suspense: Suspense
  /** deletes rows that have served their time */
  forget(): Promise<void>
  /** brings near what a wrong clock has planned too late */
  bringNear(): Promise<void>
  now(): number
  clock: Clock
  log: Logger
}

// another node may have queued or freed something
const LONGEST_SLEEP = 1000
const SHORTEST_SLEEP = 20
const REVIVE_EVERY = 30_000
const KEEP_EVERY = 1000
const SWEEP_EVERY = 6 * 60 * 60_000
const DECIDE_EVERY = 60_000
const FORGET_EVERY = 60 * 60_000

/** One loop for all tasks: works off what is due, then sleeps until the next is, or until it is woken. */
export function createLoop({
  worker,
  tasks,
  health,
  keeping,
  suspense,
  forget,
  bringNear,
  now,
  clock,
  log
}: Dependencies) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = true
  let revivedAt = now()
  let keptAt = 0
  let sweptAt = 0
  let decidedAt = now()
  let forgotAt = 0
  // it may have been put back while nobody was here
  let mayBeFar = true

  function wake() {
    if (stopped || running) return
    clearTimeout(timer)
    timer = setTimeout(run, SHORTEST_SLEEP)
  }

  function run() {
    running = round().finally(() => {
      running = undefined
    })
  }

  // a clock that was put back must not stop what is done now and then
  const isTime = (last: number, every: number) => Math.abs(now() - last) >= every

  async function round() {
    let sleep = LONGEST_SLEEP
    try {
      mayBeFar = clock.wasPutBack() || mayBeFar
      if (mayBeFar) {
        mayBeFar = false
        await bringNear().catch((error: unknown) => {
          // looked at again in the next round; what is due now does not wait for it
          mayBeFar = true
          log.warn({ err: error }, 'what a wrong clock has planned could not be brought near')
        })
      }
      if (isTime(revivedAt, REVIVE_EVERY)) {
        revivedAt = now()
        await health.revive()
      }
      if (keeping && isTime(keptAt, KEEP_EVERY)) {
        keptAt = now()
        // downloads take their own time
        void keeping.begin()
      }
      if (keeping && isTime(sweptAt, SWEEP_EVERY)) {
        sweptAt = now()
        keeping.sweep().catch((error: unknown) => log.warn({ err: error }, 'the archive could not be swept'))
      }
      if (isTime(forgotAt, FORGET_EVERY)) {
        forgotAt = now()
        forget().catch((error: unknown) => log.warn({ err: error }, 'old rows could not be deleted'))
      }
      if (isTime(decidedAt, DECIDE_EVERY)) {
        decidedAt = now()
        await suspense.sweep()
      }
      const moved = await worker.begin()
      const next = await tasks.nextDue(now())
      if (moved) sleep = SHORTEST_SLEEP
      else if (next !== null) sleep = Math.min(Math.max(next - now(), SHORTEST_SLEEP), LONGEST_SLEEP)
    } catch (error) {
      log.error({ err: error }, 'a round of the loop broke')
    }
    if (!stopped) timer = setTimeout(run, sleep)
  }

  return {
    /** Looks soon: a row changed. */
    wake,

    start() {
      stopped = false
      timer = setTimeout(run, 0)
    },

    /** Looks again now, whatever is planned; resolves after the round. */
    async nudge() {
      await running
      clearTimeout(timer)
      if (stopped) return
      run()
      await running
      await worker.tick().catch((error: unknown) => log.error({ err: error }, 'a round of the loop broke'))
    },

    /** Resolves when the round in hand is over. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    }
  }
}
