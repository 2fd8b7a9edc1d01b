import type { Logger } from 'pino'
import type { Clock } from './lib/clock.ts'
import type { TaskStore } from './stores/tasks.ts'
import type { ChannelHealthService } from './tasks/channel-health.ts'
import type { Archiver } from './files/archiver.ts'
import type { FollowUp } from './tasks/follow-up.ts'
import type { Unresolved } from './tasks/unresolved.ts'
import type { Worker } from './tasks/worker.ts'

interface Dependencies {
  worker: Worker
  followUp: FollowUp
  tasks: TaskStore
  health: ChannelHealthService
  archiver: Archiver
  unresolved: Unresolved
  /** deletes old rows */
  cleanup(): Promise<void>
  /** makes due what a wrong clock has scheduled too late */
  clampSchedule(): Promise<void>
  now(): number
  clock: Clock
  log: Logger
}

// not longer: another node may have queued a task or freed a slot
const LONGEST_SLEEP = 1000
const SHORTEST_SLEEP = 20
const FOLLOW_UP_EVERY = 1000
const REVIVE_EVERY = 30_000
const ARCHIVE_EVERY = 1000
const SWEEP_EVERY = 6 * 60 * 60_000
const DECIDE_EVERY = 60_000
const CLEANUP_EVERY = 60 * 60_000

/** The loop that drives all tasks: handles what is due, then sleeps until the next task is due or `notify` is called. */
export function createLoop({
  worker,
  followUp,
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
  let followedAt = 0
  let archivedAt = 0
  let sweptAt = 0
  let decidedAt = now()
  let cleanedAt = 0
  // the clock may have been set back while no node was running
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

  // a clock that was set back must not stop the periodic work
  const isTime = (last: number, every: number) => Math.abs(now() - last) >= every

  async function round() {
    let sleep = LONGEST_SLEEP
    try {
      mayBeUnclamped = clock.wasPutBack() || mayBeUnclamped
      if (mayBeUnclamped) {
        mayBeUnclamped = false
        await clampSchedule().catch((error: unknown) => {
          // tried again in the next round; due tasks do not wait for it
          mayBeUnclamped = true
          log.warn({ err: error }, 'clock repair failed')
        })
      }
      if (isTime(revivedAt, REVIVE_EVERY)) {
        revivedAt = now()
        await health.revive().catch((error: unknown) => log.warn({ err: error }, 'channels could not be probed'))
      }
      if (isTime(archivedAt, ARCHIVE_EVERY)) {
        archivedAt = now()
        // not awaited: downloads take long
        void archiver.begin()
      }
      if (isTime(sweptAt, SWEEP_EVERY)) {
        sweptAt = now()
        archiver.sweep().catch((error: unknown) => log.warn({ err: error }, 'archive: sweep failed'))
      }
      if (isTime(cleanedAt, CLEANUP_EVERY)) {
        cleanedAt = now()
        cleanup().catch((error: unknown) => log.warn({ err: error }, 'cleanup failed'))
      }
      if (isTime(decidedAt, DECIDE_EVERY)) {
        decidedAt = now()
        await unresolved.sweep()
      }
      if (isTime(followedAt, FOLLOW_UP_EVERY)) {
        followedAt = now()
        await followUp.begin()
      }
      const moved = await worker.begin()
      const next = await tasks.nextDue(now())
      if (moved) sleep = SHORTEST_SLEEP
      else if (next !== null) sleep = Math.min(Math.max(next - now(), SHORTEST_SLEEP), LONGEST_SLEEP)
    } catch (error) {
      log.error({ err: error }, 'loop round failed')
    }
    if (!stopped) timer = setTimeout(run, sleep)
  }

  return {
    /** A row changed: starts the next round soon. */
    notify,

    start() {
      stopped = false
      timer = setTimeout(run, 0)
    },

    /** Runs a round now; resolves when it is over. */
    async runNow() {
      await running
      clearTimeout(timer)
      if (stopped) return
      run()
      await running
      await Promise.all([worker.tick(), followUp.tick()]).catch((error: unknown) =>
        log.error({ err: error }, 'loop round failed')
      )
    },

    /** Stops the loop; resolves when the current round is over. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    }
  }
}
