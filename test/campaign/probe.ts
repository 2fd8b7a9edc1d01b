import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Seen, Target } from './probe-process.ts'

/** Begins to watch a server from a process of its own, so that an attack from this one does not slow the watch. */
export function startProbe(target: Target) {
  const child = fork(new URL('probe-process.ts', import.meta.url))
  child.send(target)
  return {
    /** Returns what was seen since the last time. */
    async seen(): Promise<Seen> {
      const answered = once(child, 'message')
      child.send('seen')
      const [seen] = (await answered) as [Seen] // what the process sends
      return seen
    },
    close: () => child.disconnect()
  }
}
