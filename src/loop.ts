import type { Logger } from 'pino'
import type { Clock } from './lib/clock.ts'
import type { TaskStore } from './stores/tasks.ts'
import type { ChannelHealthService } from './tasks/channel-health.ts'
import type { Archiver } from './files/archiver.ts'
import type { Unresolved } from './tasks/unresolved.ts'
import type { Worker } from './tasks/worker.ts'

interface Dependencies {
  worker: Worker
  tasks: TaskStore
  health: ChannelHealthService
  /** null: nothing is archived */
  archiver: Archiver | null
  unresolved: Unresolved
  /** deletes rows that have served their time */
  cleanup(): Promise<void>
  /** brings near what a wrong clock has planned too late */
  clampSchedule(): Promise<void>
  now(): number
  clock: Clock
  log: Logger
}

// another node may have queued or freed something
const LONGEST_SLEEP = 1000
const SHORTEST_SLEEP = 20
const REVIVE_EVERY = 30_000
const ARCHIVE_EVERY = 1000
const SWEEP_EVERY = 6 * 60 * 60_000
const DECIDE_EVERY = 60_000
const CLEANUP_EVERY = 60 * 60_000

/** One loop for all tasks: works off what is due, then sleeps until the next is, or until it is woken. */
export function createLoop({
  worker,
  tasks,
  health,
  archiver,
  unresolved,
  cleanup,
  clampSchedule,
  now,
  clock,
  log
}: Dependencies) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = true
  let revivedAt = now()
  let archivedAt = 0
  let sweptAt = 0
  let decidedAt = now()
  let cleanedAt = 0
  // it may have been put back while nobody was here
  let mayBeUnclamped = true

  function notify() {
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
      mayBeUnclamped = clock.wasPutBack() || mayBeUnclamped
      if (mayBeUnclamped) {
        mayBeUnclamped = false
        await clampSchedule().catch((error: unknown) => {
          // looked at again in the next round; what is due now does not wait for it
          mayBeUnclamped = true
          log.warn({ err: error }, 'what a wrong clock has planned could not be brought near')
        })
      }
      if (isTime(revivedAt, REVIVE_EVERY)) {
        revivedAt = now()
        await health.revive()
      }
      if (archiver && isTime(archivedAt, ARCHIVE_EVERY)) {
        archivedAt = now()
        // downloads take their own time
        void archiver.begin()
      }
      if (archiver && isTime(sweptAt, SWEEP_EVERY)) {
        sweptAt = now()
        archiver.sweep().catch((error: unknown) => log.warn({ err: error }, 'the archive could not be swept'))
      }
      if (isTime(cleanedAt, CLEANUP_EVERY)) {
        cleanedAt = now()
        cleanup().catch((error: unknown) => log.warn({ err: error }, 'old rows could not be deleted'))
      }
      if (isTime(decidedAt, DECIDE_EVERY)) {
        decidedAt = now()
        await unresolved.sweep()
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
    notify,

    start() {
      stopped = false
      timer = setTimeout(run, 0)
    },

    /** Looks again now, whatever is planned; resolves after the round. */
    async runNow() {
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
