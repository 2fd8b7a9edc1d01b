import { readFileSync } from 'node:fs'

/* A process that watches a server: its /livez, the polls of a key's video, and the memory of its process. */

export interface Target {
  url: string
  /** what is polled, and with which key */
  path: string
  key: string
  /** the server's process */
  pid: number
}

/** What was seen since the last look; times in milliseconds, memory in bytes. */
export interface Seen {
  /** the slowest answer of /livez */
  livez: number
  /** the 99th percentile of another key's polls */
  poll: number
  polls: number
  /** answers that were not a 200 */
  failed: number
  /** the most memory of the process */
  rss: number
}

const nothing = () => ({ livez: 0, polls: [] as number[], failed: 0, rss: 0 })
let seen = nothing()

process.on('message', (message: Target | 'seen') => (message === 'seen' ? report() : watch(message)))
process.once('disconnect', () => process.exit())

function watch({ url, path, key, pid }: Target) {
  const timed = async (asked: string, headers: Record<string, string>) => {
    const began = performance.now()
    const answer = await fetch(url + asked, { headers }).catch(() => null)
    await answer?.arrayBuffer().catch(() => {})
    if (answer?.status !== 200) seen.failed++
    return performance.now() - began
  }
  setInterval(() => (seen.rss = Math.max(seen.rss, rssOf(pid))), 20)
  setInterval(() => void timed('/livez', {}).then(ms => (seen.livez = Math.max(seen.livez, ms))), 100)
  setInterval(() => void timed(path, { authorization: `Bearer ${key}` }).then(ms => seen.polls.push(ms)), 20)
}

function report() {
  const { livez, polls, failed, rss } = seen
  polls.sort((a, b) => a - b)
  const poll = polls[Math.floor(polls.length * 0.99)] ?? 0
  process.send!({ livez, poll, polls: polls.length, failed, rss } satisfies Seen)
  seen = nothing()
}

/** Returns 0 when the process has gone. */
function rssOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
