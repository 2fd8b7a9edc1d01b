import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import { createBatches } from '../lib/batches.ts'
import { createBreaker } from '../lib/breaker.ts'
import { full, take, type Bucket, type Taken } from '../lib/bucket.ts'

/* What nodes share besides the database, through Redis or Valkey: rate limit counters, and messages that the row of a task or a delivery
   changed. Correctness does not depend on it: without Redis each node limits alone, and clients learn of changes by other nodes a second later. */

const MINUTE = 60_000
const PREFIX = 'reelay:'
// matches no stored bucket, so the swap only reads
const NEVER_STORED = '-'
const CHANNEL = `${PREFIX}tasks`
// a node should not wait longer for Redis than for its own database; it counts alone instead
const TIMEOUT_MS = 250
const PAUSE_MS = 1000
const LONGEST_RECONNECT_MS = 5000

// compare and set: KEYS[1] becomes ARGV[2] if it is ARGV[1] ('' means absent); returns whether it was, the old value, and Redis' time in milliseconds
const SWAP = `
local time = redis.call('TIME')
local found = redis.call('GET', KEYS[1]) or ''
if found == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return { found == ARGV[1] and 1 or 0, found, time[1] .. string.format('%03d', math.floor(time[2] / 1000)) }`

interface Dependencies {
  /** redis://… or rediss://… */
  url: string
  /** this node's name: it ignores its own messages */
  owner: string
  /** called when another node changed this row, of a task or a delivery */
  onRow(id: string): void
  log: Logger
}

/** Connects in the background, and again after every loss; until then `take` returns null. */
export function openRedis({ url, owner, onRow, log }: Dependencies) {
  const client = createClient({
    url,
    name: 'reelay',
    disableOfflineQueue: true,
    socket: {
      connectTimeout: 2000,
      reconnectStrategy: tries => Math.min(50 * 2 ** Math.min(tries, 10), LONGEST_RECONNECT_MS)
    }
  })
  const listener = client.duplicate()
  // after an unanswered call Redis is not called for a second: requests in between do not wait
  const breaker = createBreaker({ now: () => performance.now(), after: 1, pauseMs: PAUSE_MS })
  let lost = false

  function isLost(error: unknown) {
    if (!lost) log.error({ err: error }, 'redis: no answer, rate limits apply per node until it answers')
    lost = true
  }
  function isBack() {
    if (lost) log.info('redis: answers again')
    lost = false
  }
  client.on('error', isLost)
  // the client reports the same problem
  listener.on('error', () => {})
  client.connect().catch(isLost)
  listener
    .connect()
    .then(() =>
      listener.subscribe(CHANNEL, message => {
        const [from, id] = message.split(' ')
        if (from !== owner && id !== undefined) onRow(id)
      })
    )
    .catch(() => {})

  /** Applies the bucket to what Redis stores: reads, then writes unless another node was faster; if so, again with that node's value. */
  const takeShared = createBatches(async (name: string, limits: number[]): Promise<Taken[]> => {
    const key = `${PREFIX}limit:${name}`
    let seen = await swap(key, NEVER_STORED, '')
    for (;;) {
      const { value, time } = seen
      let bucket = value === '' ? full : parse(value)
      const taken = limits.map(perMinute => {
        const one = take(bucket, perMinute, time)
        bucket = one.bucket
        return one
      })
      if (!taken.some(({ allowed }) => allowed)) return taken
      seen = await swap(key, value, format(bucket))
      if (seen.swapped) return taken
    }
  })

  async function swap(key: string, before: string, after: string) {
    const reply = client.eval(SWAP, { keys: [key], arguments: [before, after, String(MINUTE)] })
    const [swapped, value, time] = (await inTime(reply)) as [number, string, string] // what the script returns
    return { swapped: swapped === 1, value, time: Number(time) }
  }

  return {
    isUp: () => !lost,

    /** Takes one request from a bucket of `perMinute` that all nodes share; null: Redis does not answer. */
    async take(name: string, perMinute: number): Promise<Taken | null> {
      if (breaker.pause(url) > 0) return null
      try {
        const taken = await takeShared(name, perMinute)
        breaker.recordCall(url, true)
        isBack()
        return taken
      } catch (error) {
        breaker.recordCall(url, false)
        isLost(error)
        return null
      }
    },

    /** Tells the other nodes that a row changed. */
    tell(id: string): void {
      if (client.isReady) client.publish(CHANNEL, `${owner} ${id}`).catch(isLost)
    },

    close() {
      for (const one of [client, listener]) if (one.isOpen) one.destroy()
    }
  }
}

const format = ({ taken, at }: Bucket) => `${taken} ${at}`

function parse(text: string): Bucket {
  const [taken = 0, at = 0] = text.split(' ').map(Number)
  return { taken, at }
}

async function inTime<Answer>(reply: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    // if this process was busy, the answer may have arrived unread: setImmediate lets it be read first
    const giveUp = () => reject(new Error(`no answer within ${TIMEOUT_MS} ms`))
    timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS)
  })
  return Promise.race([reply, late]).finally(() => clearTimeout(timer))
}
