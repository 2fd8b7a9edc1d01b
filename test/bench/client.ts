import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import autocannon from 'autocannon'

/* The asking side, in a process of its own: one order in, one measurement out. */

export type Order =
  | {
      kind: 'load'
      url: string
      paths: string[]
      method: 'GET' | 'POST'
      headers: Record<string, string>
      body?: string
      connections: number
      seconds: number
    }
  | {
      kind: 'paced'
      url: string
      headers: Record<string, string>
      /** requests a second, sent whether or not the last was answered */
      rate: number
      seconds: number
    }
  | {
      kind: 'download'
      url: string
      headers: Record<string, string>
      streams: number
      /** each stream is cut after this many seconds */
      seconds: number
      /** bytes a second per stream; as fast as it goes unless told */
      durations?: number
    }
  | {
      /** streams of events, which stay open until this process ends */
      kind: 'streams'
      asked: { url: string; headers: Record<string, string> }[]
    }

export interface Measured {
  count: number
  bad: number
  seconds: number
  bytes: number
  p50: number
  p99: number
}

process.on('message', (order: Order) => {
  answer(order).then(
    measured => process.send!({ measured }),
    (error: unknown) => process.send!({ error: String(error) })
  )
})

function answer(order: Order): Promise<Measured> {
  if (order.kind === 'load') return load(order)
  if (order.kind === 'streams') return openStreams(order)
  return order.kind === 'paced' ? paced(order) : download(order)
}

async function load({ url, paths, method, headers, body, connections, seconds }: Order & { kind: 'load' }) {
  const times: number[] = []
  let first = 0
  let last = 0
  const share = Math.max(1, Math.floor(paths.length / connections))
  let client = 0
  const run = autocannon({
    url,
    connections,
    duration: seconds,
    sampleInt: 100,
    method,
    headers,
    // every connection asks for tasks of its own, so that none is warmed by another
    setupClient(one) {
      const from = (client++ * share) % paths.length
      one.setRequests(paths.slice(from, from + share).map(path => ({ method, path, headers, ...(body && { body }) })))
    }
  })
  run.on('response', (_client, _status, _bytes, milliseconds) => {
    last = performance.now()
    first ||= last - milliseconds
    times.push(milliseconds)
  })
  const result = await run
  return {
    count: result['2xx'],
    bad: result.non2xx + result.errors,
    seconds: (last - first) / 1000,
    bytes: result.throughput.total,
    ...quantiles(times)
  }
}

function quantiles(times: number[]) {
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(times.length * 0.5)] ?? 0, p99: times[Math.floor(times.length * 0.99)] ?? 0 }
}

/** autocannon sends a second's requests in one burst, which would measure its own queue. */
async function paced({ url, headers, rate, seconds }: Order & { kind: 'paced' }): Promise<Measured> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const began = performance.now()
  let bad = 0
  const one = () =>
    new Promise<void>(resolve => {
      const from = performance.now()
      const lost = () => resolve(void bad++)
      const request = get(url, { headers, agent }, response => {
        if (response.statusCode !== 200) bad++
        response.resume().on('end', () => resolve(void times.push(performance.now() - from)))
        response.on('error', lost)
      })
      request.on('error', lost)
    })
  const inFlight: Promise<void>[] = []
  while (performance.now() - began < seconds * 1000) {
    while (inFlight.length < ((performance.now() - began) / 1000) * rate) inFlight.push(one())
    await pause(2)
  }
  await Promise.all(inFlight)
  agent.destroy()
  return { count: times.length, bad, seconds, bytes: 0, ...quantiles(times) }
}

async function download({
  url,
  headers,
  streams,
  seconds,
  durations
}: Order & { kind: 'download' }): Promise<Measured> {
  const began = performance.now()
  const done = await Promise.all(Array.from({ length: streams }, () => one()))
  return {
    count: done.filter(({ good }) => good).length,
    bad: done.filter(({ good }) => !good).length,
    seconds: (performance.now() - began) / 1000,
    bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
    p50: 0,
    p99: 0
  }

  function one() {
    return new Promise<{ bytes: number; good: boolean }>((resolve, reject) => {
      let bytes = 0
      const request = get(url, { headers, agent: false }, response => {
        const finish = () => {
          clearTimeout(end)
          resolve({ bytes, good: response.statusCode === 200 })
        }
        const end = setTimeout(() => {
          finish()
          request.destroy()
        }, seconds * 1000)
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (durations === undefined) return
          const ahead = bytes / durations - (performance.now() - began) / 1000
          if (ahead <= 0) return
          response.pause()
          setTimeout(() => response.resume(), ahead * 1000)
        })
        response.on('end', finish)
        response.on('error', finish)
      })
      request.on('error', reject)
    })
  }
}

const OPENED_AT_ONCE = 50

async function openStreams({ asked }: Order & { kind: 'streams' }): Promise<Measured> {
  const began = performance.now()
  const times: number[] = []
  const left = [...asked]
  await Promise.all(
    Array.from({ length: OPENED_AT_ONCE }, async () => {
      for (let next = left.pop(); next; next = left.pop()) {
        const took = await open(next)
        if (took !== null) times.push(took)
      }
    })
  )
  const seconds = (performance.now() - began) / 1000
  return { count: times.length, bad: asked.length - times.length, seconds, bytes: 0, ...quantiles(times) }
}

/** Milliseconds to the first bytes of a stream; null when it did not open. */
function open({ url, headers }: { url: string; headers: Record<string, string> }) {
  const from = performance.now()
  return new Promise<number | null>(resolve => {
    get(url, { headers, agent: false }, response => {
      response.on('data', () => resolve(response.statusCode === 200 ? performance.now() - from : null))
      response.on('end', () => resolve(null))
    }).on('error', () => resolve(null))
  })
}
