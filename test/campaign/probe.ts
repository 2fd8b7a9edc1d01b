import { Worker } from 'node:worker_threads'

/* Watches a server from a thread of its own, so that an attack from this one does not slow the watch. */

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

const source = `
const { parentPort, workerData: { url, path, key, pid } } = require('node:worker_threads')
const { readFileSync } = require('node:fs')
let seen
const reset = () => (seen = { livez: 0, polls: [], failed: 0, rss: 0 })
reset()
const timed = async (path, headers) => {
  const began = performance.now()
  const answer = await fetch(url + path, { headers }).catch(() => null)
  await answer?.arrayBuffer().catch(() => {})
  if (answer?.status !== 200) seen.failed++
  return performance.now() - began
}
const rss = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))?.[1] ?? 0) * 1024
setInterval(() => {
  try { seen.rss = Math.max(seen.rss, rss()) } catch {}
}, 20)
setInterval(async () => (seen.livez = Math.max(seen.livez, await timed('/livez', {}))), 100)
setInterval(async () => seen.polls.push(await timed(path, { authorization: 'Bearer ' + key })), 20)
parentPort.on('message', () => {
  const { livez, polls, failed, rss } = seen
  polls.sort((a, b) => a - b)
  parentPort.postMessage({ livez, poll: polls[Math.floor(polls.length * 0.99)] ?? 0, polls: polls.length, failed, rss })
  reset()
})
`

/** Begins to watch a server: its /livez, the polls of a key's video, and the memory of its process. */
export function startProbe(target: { url: string; path: string; key: string; pid: number }) {
  const worker = new Worker(source, { eval: true, workerData: target })
  return {
    /** Returns what was seen since the last time. */
    seen: () =>
      new Promise<Seen>(resolve => {
        worker.once('message', resolve)
        worker.postMessage(null)
      }),
    close: () => worker.terminate()
  }
}
