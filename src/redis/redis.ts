import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import { createBatches } from '../lib/batches.ts'
import { createBreaker } from '../lib/breaker.ts'
import { full, take, type Bucket, type Taken } from '../lib/bucket.ts'

/* What nodes share besides the database, through Redis or Valkey: counts that need no disk, and news that another row changed. Nothing here is
   needed to be right: without it limits are each node's own and news comes a second later. */

const MINUTE = 60_000
const PREFIX = 'reelay:'
// no bucket looks like it: a swap that only reads
const UNLIKE_ANY = '-'
const NEWS = `${PREFIX}tasks`
// a node that waits longer for Redis than for its own database had better count alone
const TIMEOUT_MS = 250
const PAUSE_MS = 1000
const LONGEST_RECONNECT_MS = 5000

// KEYS[1] becomes ARGV[2] if it is ARGV[1] ('' is none); gives whether it was, what stood there, and Redis' time in milliseconds
const SWAP = `
local time = redis.call('TIME')
local found = redis.call('GET', KEYS[1]) or ''
if found == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return { found == ARGV[1] and 1 or 0, found, time[1] .. string.format('%03d', math.floor(time[2] / 1000)) }`

interface Dependencies {
  /** redis://… or rediss://… */
  url: string
  /** this node's name: it does not hear its own news */
  owner: string
  /** another node changed this task's row */
  onTask(id: string): void
  log: Logger
}

/** Connects in the background and again after every loss; who asks meanwhile is told that there is no answer. */
export function openRedis({ url, owner, onTask, log }: Dependencies) {
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
  // left in peace for a second after each silence: a request in between does not wait
  const breaker = createBreaker({ now: () => performance.now(), after: 1, pauseMs: PAUSE_MS })
  let lost = false

  function isLost(error: unknown) {
    if (!lost) log.error({ err: error }, 'Redis does not answer: limits are each node’s own until it does')
    lost = true
  }
  function isBack() {
    if (lost) log.info('Redis answers again')
    lost = false
  }
  client.on('error', isLost)
  // its trouble is the client's, told once
  listener.on('error', () => {})
  client.connect().catch(isLost)
  listener
    .connect()
    .then(() =>
      listener.subscribe(NEWS, news => {
        const [from, id] = news.split(' ')
        if (from !== owner && id !== undefined) onTask(id)
      })
    )
    .catch(() => {})

  /** The pure bucket over what Redis holds: read, then written unless another node was faster; then once more, by what that one wrote. */
  const takeShared = createBatches(async (name: string, limits: number[]): Promise<Taken[]> => {
    const key = `${PREFIX}limit:${name}`
    let seen = await swap(key, UNLIKE_ANY, '')
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
    const asked = client.eval(SWAP, { keys: [key], arguments: [before, after, String(MINUTE)] })
    const [swapped, value, time] = (await inTime(asked)) as [number, string, string] // what the script returns
    return { swapped: swapped === 1, value, time: Number(time) }
  }

  return {
    /** Takes one from a bucket of `perMinute` that all nodes share; null: Redis does not answer. */
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

    /** Tells the other nodes that a task's row changed. */
    tell(taskId: string): void {
      if (client.isReady) client.publish(NEWS, `${owner} ${taskId}`).catch(isLost)
    },

    close() {
      for (const one of [client, listener]) if (one.isOpen) one.destroy()
    }
  }
}

export type Redis = ReturnType<typeof openRedis>

const format = ({ taken, at }: Bucket) => `${taken} ${at}`

function parse(text: string): Bucket {
  const [taken = 0, at = 0] = text.split(' ').map(Number)
  return { taken, at }
}

async function inTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    // after a busy moment of our own the answer may lie there unread: it is read first
    const giveUp = () => reject(new Error(`no answer within ${TIMEOUT_MS} ms`))
    timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS)
  })
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}
