import { ApiError } from '../../errors.ts'

/*
 * Clients that wait for a task: notified when its row changes in this process. Changes by other nodes are looked for once a second, for all of
 * them together.
 */

export interface Watch {
  /** Resolves to true when the task or its client's key has changed since the last call, or the watch is over; to false after `ms`. */
  next(ms: number): Promise<boolean>
  /** the client has disconnected, or the server stops */
  over(): boolean
  close(): void
}

/** What a row looks like to those who wait: another text when something changed that concerns them. */
export interface Mark {
  id: string
  mark: string
}

interface Dependencies {
  /** the watches that a key may have open at once */
  mostPerKey: number
  readTasks(ids: readonly string[]): Promise<Mark[]>
  readKeys(ids: readonly string[]): Promise<Mark[]>
}

interface Watcher {
  taskId: string
  keyId: string
  notify(): void
}

const LOOK_EVERY_MS = 1000
const BATCH = 200
const LONGEST_TIMEOUT = 2 ** 31 - 1

export function createWatches({ mostPerKey, readTasks, readKeys }: Dependencies) {
  const byTask = new Map<string, Set<Watcher>>()
  const byKey = new Map<string, Set<Watcher>>()
  const marks = new Map<string, string>()
  let looking = false
  let stopped = false

  const notify = (watchers: Iterable<Watcher> | undefined) => {
    for (const watcher of watchers ?? []) watcher.notify()
  }

  /** Looks for changes by other nodes, as long as somebody waits. */
  async function look() {
    if (looking) return
    looking = true
    while (!stopped && byTask.size > 0) {
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS).unref())
      // the database is away: those who wait go on waiting
      await compare(byTask, readTasks).catch(() => {})
      await compare(byKey, readKeys).catch(() => {})
    }
    looking = false
  }

  async function compare(watched: ReadonlyMap<string, Set<Watcher>>, read: Dependencies['readTasks']) {
    const ids = [...watched.keys()]
    for (let at = 0; at < ids.length; at += BATCH) {
      for (const { id, mark } of await read(ids.slice(at, at + BATCH))) {
        // unknown at first: it may have changed since its watcher looked
        if (watched.has(id) && marks.get(id) !== mark) {
          marks.set(id, mark)
          notify(watched.get(id))
        }
      }
      // SQLite answers at once: others are served between two batches
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Throws rate_limit_exceeded when the key has as many watches as it may. */
  function admit(keyId: string): void {
    if ((byKey.get(keyId)?.size ?? 0) < mostPerKey) return
    throw new ApiError('rate_limit_exceeded', {
      message: `This key already has ${mostPerKey} streams and waits open, its limit. Close some of them, or poll without waiting.`,
      retryAfterSeconds: 5
    })
  }

  return {
    /** Notifies the watches of a task whose row changed here. */
    changed: (taskId: string) => notify(byTask.get(taskId)),

    /** Notifies all watches: a key changed here. */
    keysChanged() {
      for (const watchers of byKey.values()) notify(watchers)
    },

    admit,

    /**
     * Opens a watch that notices changes from now on, also between two calls of `next`. The caller closes it. Throws rate_limit_exceeded when
     * the key has too many, unless it was `admitted` before something was paid for.
     */
    open(taskId: string, keyId: string, gone: AbortSignal, { admitted = false } = {}): Watch {
      if (!admitted) admit(keyId)
      let missed = false
      let resume: (() => void) | undefined
      const watcher: Watcher = { taskId, keyId, notify: () => (resume ? resume() : (missed = true)) }
      const over = () => stopped || gone.aborted
      add(byTask, taskId, watcher)
      add(byKey, keyId, watcher)
      gone.addEventListener('abort', watcher.notify)
      void look()

      return {
        over,
        next: ms =>
          new Promise(resolve => {
            const done = (changed: boolean) => {
              clearTimeout(timer)
              resume = undefined
              missed = false
              resolve(changed)
            }
            const timer = setTimeout(() => done(false), Math.min(ms, LONGEST_TIMEOUT))
            if (missed || over()) done(true)
            else resume = () => done(true)
          }),
        close() {
          gone.removeEventListener('abort', watcher.notify)
          remove(byTask, taskId, watcher)
          remove(byKey, keyId, watcher)
        }
      }
    },

    /** The number of open watches. */
    size: () => [...byTask.values()].reduce((sum, { size }) => sum + size, 0),

    /** Ends all watches. */
    stop() {
      stopped = true
      for (const watchers of byTask.values()) notify(watchers)
    }
  }

  function add(to: Map<string, Set<Watcher>>, id: string, watcher: Watcher) {
    const others = to.get(id) ?? new Set()
    to.set(id, others.add(watcher))
  }

  function remove(from: Map<string, Set<Watcher>>, id: string, watcher: Watcher) {
    const others = from.get(id)
    others?.delete(watcher)
    if (others?.size !== 0) return
    from.delete(id)
    marks.delete(id)
  }
}

export type Watches = ReturnType<typeof createWatches>
