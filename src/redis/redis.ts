import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import { createBreaker } from '../lib/breaker.ts'

/* What nodes share besides the database, through Redis or Valkey: counts that need no disk, and news that another row changed. Nothing here is
   needed to be right: without it limits are each node's own and news comes a second later. */

/** What was taken from a bucket and not filled up since. */
export interface SharedBucket {
  allowed: boolean
  taken: number
}

const PREFIX = 'reelay:'
const NEWS = `${PREFIX}tasks`
// a node that waits longer for Redis than for its own database had better count alone
const TIMEOUT_MS = 250
const PAUSE_MS = 1000
const LONGEST_RECONNECT_MS = 5000

// the bucket of http/limits.ts, by Redis' own clock; refusals cost nothing
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local most = tonumber(ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'taken', 'at')
local passed = math.max(0, now - (tonumber(state[2]) or now))
local taken = math.max(0, (tonumber(state[1]) or 0) - passed * most / 60000)
if taken + 1 > most + 1e-6 then return { 0, tostring(taken) } end
redis.call('HSET', KEYS[1], 'taken', tostring(taken + 1), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], 60000)
return { 1, tostring(taken + 1) }`

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

  return {
    /** Takes one from a bucket of `perMinute` that all nodes share; null: Redis does not answer. */
    async take(name: string, perMinute: number): Promise<SharedBucket | null> {
      if (breaker.pause(url) > 0) return null
      let timer: NodeJS.Timeout | undefined
      try {
        const late = new Promise<never>((_resolve, reject) => {
          // after a busy moment of our own the answer may lie there unread: it is read first
          const giveUp = () => reject(new Error(`no answer within ${TIMEOUT_MS} ms`))
          timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS)
        })
        const asked = client.eval(TAKE, { keys: [`${PREFIX}limit:${name}`], arguments: [String(perMinute)] })
        const [allowed, taken] = (await Promise.race([asked, late])) as [number, string] // what the script returns
        breaker.asked(url, true)
        isBack()
        return { allowed: allowed === 1, taken: Number(taken) }
      } catch (error) {
        breaker.asked(url, false)
        isLost(error)
        return null
      } finally {
        clearTimeout(timer)
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
