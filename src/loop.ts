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
// tasks that are due within this time are claimed together: a round and its commits cost more than the polls themselves
const ROUND_EVERY = 50
const FOLLOW_UP_EVERY = 1000
const REVIVE_EVERY = 30_000
const ARCHIVE_EVERY = 1000
const SWEEP_EVERY = 6 * 60 * 60_000
const DECIDE_EVERY = 60_000
const CLEANUP_EVERY = 60 * 60_000

/** The loop that drives all tasks: handles what is due, then sleeps until the next task is due or `notify` calls for a round. */
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
  /** when the next round begins */
  let roundAt = 0
  /** when one is wanted that was asked for during a round: that round may have looked too early */
  let wantedAt = Infinity
  let revivedAt = now()
  let followedAt = 0
  let archivedAt = 0
  let sweptAt = 0
  let decidedAt = now()
  let cleanedAt = 0
  // the clock may have been set back while no node was running
  let mayBeUnclamped = true

  function notify(dueAt = 0) {
    const at = Math.max(dueAt, now() + SHORTEST_SLEEP)
    if (running) wantedAt = Math.min(wantedAt, at)
    // never later: changes that keep coming must not put it off
    else if (!stopped && at < roundAt) plan(at)
  }

  function plan(at: number) {
    clearTimeout(timer)
    roundAt = at
    timer = setTimeout(run, Math.max(0, at - now()))
  }

  function run() {
    wantedAt = Infinity
    running = round().then(nextAt => {
      running = undefined
      const at = Math.max(Math.min(nextAt, wantedAt), now() + SHORTEST_SLEEP)
      if (!stopped) plan(Math.min(at, now() + LONGEST_SLEEP))
    })
  }

  // a clock that was set back must not stop the periodic work
  const isTime = (last: number, every: number) => Math.abs(now() - last) >= every

  /** Returns when the next round should begin. */
  async function round(): Promise<number> {
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
      const { isFull } = await worker.begin()
      const dueAt = (await tasks.nextDue(now())) ?? Infinity
      return isFull ? 0 : Math.max(dueAt, now() + ROUND_EVERY)
    } catch (error) {
      log.error({ err: error }, 'loop round failed')
      return Infinity
    }
  }

  return {
    /** A row changed: the next round begins soon, or at `dueAt` when nothing is due before. */
    notify,

    start() {
      stopped = false
      plan(now())
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
