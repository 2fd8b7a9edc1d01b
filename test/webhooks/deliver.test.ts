import { randomBytes } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Delivery, Endpoint } from '../../src/db/index.ts'
import { loadMigrations } from '../../src/db/migrate.ts'
import { newId } from '../../src/lib/ids.ts'
import { createVault } from '../../src/lib/vault.ts'
import { createDeliveryStore, type DeliveryStore } from '../../src/stores/deliveries.ts'
import { callbackSecretContext, endpointSecretsContext } from '../../src/lib/encryption-context.ts'
import { createPost, type Post } from '../../src/upstream/post.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { createDeliver } from '../../src/webhooks/deliver.ts'
import { callbackSecretOf, toSigningSecret } from '../../src/webhooks/sign.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { keyRow, taskRow } from '../support/rows.ts'
import { seeded } from '../support/seeded.ts'
import { guardAllowing } from '../upstream/servers.ts'
import { startReceiver } from './receiver.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
// `npm run campaign:webhooks` has more of both
const SEED = Number(process.env.SEED ?? 20_260_729)
const SEEDS = Number(process.env.SEEDS ?? 1)
const EVENTS = Number(process.env.EVENTS ?? 1)
const vault = createVault(randomBytes(32))
const log = pino({ level: 'silent' })

describe.each(kinds)('deliveries on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))
  let clock = 1_767_000_000_000
  const now = () => clock

  beforeEach(async () => {
    await database.db.insert(database.keys).values(keyRow({ callbackSecret: sealedFor('key_1') }))
  })

  const sealedFor = (keyId: string) => vault.encrypt(callbackSecretOf('sk-some-key'), callbackSecretContext(keyId))

  async function addEndpoint(url: string, more: Partial<Endpoint> = {}): Promise<string> {
    const id = more.id ?? newId('whk', now())
    const cipher = vault.encrypt(toSigningSecret(randomBytes(32)), endpointSecretsContext(id))
    await database.db.insert(database.endpoints).values({
      id,
      keyId: 'key_1',
      url,
      name: null,
      secrets: [{ cipher, until: null }],
      events: ['video.completed'],
      disabled: false,
      disabledReason: null,
      failingSince: null,
      createdAt: now(),
      updatedAt: now(),
      deletedAt: null,
      ...more
    })
    return id
  }

  async function happen(type = 'video.completed', more: { taskId?: string; keyId?: string } = {}): Promise<string> {
    const id = newId('evt', now())
    const { taskId = null, keyId = 'key_1' } = more
    const row = { id, type, taskId, keyId, data: { id: taskId ?? 'video_1' }, createdAt: now() }
    await database.db.insert(database.events).values(row)
    return id
  }

  /** A node: its own memory over the shared rows. */
  function node(post: Post['post'], store: DeliveryStore = createDeliveryStore(database), random = () => 0.5) {
    const deliver = createDeliver({ store, writeCallback: () => null, vault, post, now, random, log })
    deliver.start()
    onTestFinished(() => deliver.stop())
    return {
      ...deliver,
      /** Everything that is due now, to its end. */
      async round() {
        await deliver.runNow()
        await deliver.settled()
      }
    }
  }

  const answering =
    (status: number): Post['post'] =>
    async () => ({ status, headers: {}, text: '' })
  const all = (): Promise<Delivery[]> => database.db.select().from(database.deliveries).orderBy(database.deliveries.id)
  const endpoint = async (id: string) => {
    const [row] = await database.db.select().from(database.endpoints).where(eq(database.endpoints.id, id))
    return row!
  }

  test('an event becomes deliveries once, to its subscribers, however many nodes look', async () => {
    const hears = await addEndpoint('https://a.example/')
    await addEndpoint('https://b.example/', { events: ['video.failed'] })
    await addEndpoint('https://c.example/', { deletedAt: 1 })
    await database.db.insert(database.keys).values(keyRow({ id: 'key_2' }))
    await addEndpoint('https://d.example/', { keyId: 'key_2' })
    for (let events = 0; events < 120; events++) await happen()
    const stores = [createDeliveryStore(database), createDeliveryStore(database), createDeliveryStore(database)]
    await Promise.all(
      stores.map(async store => {
        while ((await store.fanOut(now(), now() + HOUR, 7)) > 0);
      })
    )
    const rows = await all()
    expect(rows).toHaveLength(120)
    expect(new Set(rows.map(({ eventId }) => eventId)).size).toBe(120)
    expect(new Set(rows.map(({ endpointId }) => endpointId))).toEqual(new Set([hears]))
  })

  test('a budget’s threshold goes to its key, a channel’s problem to every admin with a valid key', async () => {
    const admin = { role: 'admin' } as const
    const rows = [
      { id: 'root' },
      { id: 'gone', revokedAt: 1 },
      { id: 'off', disabled: true },
      { id: 'old', expiresAt: 1 }
    ]
    await database.db.insert(database.keys).values(rows.map(row => keyRow({ ...admin, ...row })))
    const events = ['budget.threshold_reached', 'channel.disabled']
    for (const keyId of ['key_1', ...rows.map(({ id }) => id)])
      await addEndpoint('https://a.example/', { events, keyId })
    await happen('budget.threshold_reached')
    await happen('channel.disabled')
    await node(answering(204)).round()
    const told = (await all()).map(({ partition }) => partition.split('/')[0])
    expect(told).toHaveLength(2)
    expect(new Set(told)).toEqual(new Set(['key_1', 'root']))
  })

  test('two nodes never claim the same delivery', async () => {
    await addEndpoint('https://a.example/')
    for (let events = 0; events < 50; events++) await happen()
    const sent: string[] = []
    const post: Post['post'] = async (_url, { headers }) => {
      sent.push(headers['webhook-id']!)
      return { status: 200, headers: {}, text: '' }
    }
    const nodes = [node(post), node(post), node(post)]
    while ((await all()).filter(({ status }) => status === 'delivered').length < 50)
      await Promise.all(nodes.map(each => each.round()))
    expect(sent).toHaveLength(50)
    expect(new Set(sent).size).toBe(50)
  })

  test('attempts follow after 20 seconds, then ever more slowly, for 72 hours; then the endpoint is disabled', async () => {
    const id = await addEndpoint('https://a.example/')
    await happen()
    const began = clock
    const tries: number[] = []
    const one = node(async () => {
      tries.push(Math.round((clock - began) / SECOND))
      return { status: 500, headers: {}, text: '' }
    })
    await one.round()
    for (;;) {
      const next = (await all())[0]!.dueAt
      if (next === null) break
      clock = next
      await one.round()
    }
    expect(tries.slice(0, 5)).toEqual([0, 20, 140, 740, 2540])
    expect(tries.at(-1)).toBe(72 * 3600)
    expect(tries.length).toBeLessThan(25)
    expect((await all())[0]).toMatchObject({ status: 'failed', tries: tries.length, dueAt: null })
    expect(await endpoint(id)).toMatchObject({ disabled: true, disabledReason: expect.stringContaining('HTTP 500') })
    await happen()
    await one.round()
    expect(await all()).toMatchObject([{}, { status: 'failed', tries: 0, error: expect.stringContaining('disabled') }])
    expect(tries.at(-1)).toBe(72 * 3600)
  })

  test('one success in three days keeps an endpoint enabled', async () => {
    const id = await addEndpoint('https://a.example/')
    let good = false
    const one = node((...asked) => answering(good ? 200 : 500)(...asked))
    await happen()
    for (let hours = 0; hours < 100; hours += 6) {
      good = hours === 48
      if (good) await happen()
      await one.round()
      clock += 6 * HOUR
    }
    expect(await endpoint(id)).toMatchObject({ disabled: false })
  })

  test('an endpoint whose URL was changed gets what it missed at the new one', async () => {
    const id = await addEndpoint('https://old.example/')
    const urls: string[] = []
    const one = node(async url => {
      urls.push(url)
      if (url.includes('old')) throw new UpstreamError('no answer', { sent: false })
      return { status: 200, headers: {}, text: '' }
    })
    await happen()
    await one.round()
    await database.db.update(database.endpoints).set({ url: 'https://new.example/' })
    clock += MINUTE
    await one.round()
    expect(urls).toEqual(['https://old.example/', 'https://new.example/'])
    expect((await all())[0]).toMatchObject({ status: 'delivered', url: 'https://new.example/', error: null })
    expect((await endpoint(id)).failingSince).toBeNull()
  })

  test('what a stop interrupts is due at once for the next node, and does not count as an attempt', async () => {
    await addEndpoint('https://a.example/')
    await happen()
    const began = Promise.withResolvers<void>()
    const hanging = node(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          began.resolve()
          signal!.addEventListener('abort', () => reject(new UpstreamError('cut', { sent: true, problem: 'aborted' })))
        })
    )
    await hanging.runNow()
    await began.promise
    await hanging.stop()
    expect(await all()).toMatchObject([{ status: 'pending', tries: 0, dueAt: clock, leaseUntil: null }])
    await node(answering(204)).round()
    expect(await all()).toMatchObject([{ status: 'delivered', tries: 1 }])
  })

  test('a zombie’s late outcome changes nothing', async () => {
    await addEndpoint('https://a.example/')
    await happen()
    const answer = Promise.withResolvers<void>()
    const slept = node(async () => {
      await answer.promise
      return { status: 500, headers: {}, text: '' }
    })
    await slept.runNow()
    clock += MINUTE
    await node(answering(200)).round()
    answer.resolve()
    await slept.settled()
    expect(await all()).toMatchObject([{ status: 'delivered', responseStatus: 200, tries: 1 }])
  })

  test.each(Array.from({ length: SEEDS }, (_, number) => SEED + number))(
    'W1: three days down, flapping, nodes killed, seed %i: every event is delivered or listed; twice only under one id',
    async seed => {
      const random = seeded(seed)
      clock = 1_767_000_000_000
      const began = clock
      const endpoints = await Promise.all(
        ['down', 'flapping', 'good'].map(name => addEndpoint(`https://${name}.example/`))
      )
      const heard = new Map<string, string[]>()
      const receive = (url: string, id: string): number => {
        const hour = (clock - began) / HOUR
        const up = url.includes('good') || (url.includes('flapping') ? random() < 0.3 : hour > 80)
        if (up) heard.set(url, [...(heard.get(url) ?? []), id])
        return up ? 200 : [500, 404, 302, 503][Math.floor(random() * 4)]!
      }
      /** A node whose writes stop the moment it is killed, as a process's would. */
      function mortal() {
        const killed = Promise.withResolvers<void>()
        let dead = false
        const store = Object.fromEntries(
          Object.entries(createDeliveryStore(database)).map(([name, act]) => [
            name,
            (...given: unknown[]) =>
              dead ? new Promise(() => {}) : (act as (...all: unknown[]) => Promise<unknown>)(...given)
          ])
        ) as unknown as DeliveryStore // true because it has the same functions
        const post: Post['post'] = async (url, { headers }) => {
          if (random() < 0.1) throw new UpstreamError('no answer', { sent: true })
          const status = receive(url, headers['webhook-id']!)
          // heard, and then the process dies before it can write that down
          if (random() < 0.05) {
            dead = true
            killed.resolve()
          }
          return { status, headers: {}, text: '' }
        }
        const deliver = createDeliver({ store, writeCallback: () => null, vault, now, random, log, post })
        deliver.start()
        return { deliver, killed: killed.promise, isDead: () => dead }
      }

      const happened: string[] = []
      let current = mortal()
      let kills = 0
      for (let step = 0; step < 400; step++) {
        if (step < 250 && step % 3 === 0) happened.push(await happen())
        await Promise.race([current.deliver.runNow().then(() => current.deliver.settled()), current.killed])
        if (current.isDead()) {
          kills++
          current = mortal()
        }
        clock += (step < 250 ? 0.3 : 0.6) * HOUR
      }
      // the down one was disabled on the way; nobody enabled it, so the rest of its events stay listed
      const rows = await all()
      expect(kills).toBeGreaterThan(5)
      expect(rows).toHaveLength(happened.length * endpoints.length)
      expect(rows.filter(({ status }) => status === 'pending')).toEqual([])
      for (const { eventId, url, status } of rows) {
        const times = (heard.get(url) ?? []).filter(id => id === eventId).length
        if (status === 'delivered') expect(times).toBeGreaterThan(0)
      }
      for (const [url, ids] of heard)
        for (const id of ids) expect(rows.some(row => row.url === url && row.eventId === id)).toBe(true)
      const counts = (url: string) => rows.filter(row => row.url.includes(url) && row.status === 'delivered').length
      expect(counts('good')).toBe(happened.length)
      expect(counts('flapping')).toBeGreaterThan(happened.length * 0.9)
      expect(rows.filter(row => row.url.includes('down') && row.status === 'failed').length).toBeGreaterThan(0)
      await current.deliver.stop()
    },
    60_000
  )

  test(
    'W3: one black hole among a thousand: the others receive events as soon as without it',
    { timeout: 600_000 },
    async () => {
      const receiver = await startReceiver()
      const { post, close: closePost } = createPost({ guard: guardAllowing(), totalMs: 600_000 })
      onTestFinished(closePost)
      let lags: number[] = []
      let since = 0
      const holes: (() => void)[] = []
      receiver.onPost = ({ path }) => {
        if (path !== '/hole') {
          lags.push(performance.now() - since)
          return 200
        }
        return response => void holes.push(() => response.end())
      }
      for (let made = 0; made < 1000; made++) await addEndpoint(`${receiver.url}/${made}`)
      const one = node(post)
      /** Milliseconds within which 99 of 100 posts of an event came, worst of some events. */
      async function slowest() {
        let worst = 0
        for (let event = 0; event < EVENTS; event++) {
          lags = []
          since = performance.now()
          const id = await happen()
          one.notify()
          while (lags.length < 1000) await receiver.until(receiver.received.length + 1)
          const heard = receiver.received.filter(
            ({ path, headers }) => path !== '/hole' && headers['webhook-id'] === id
          )
          expect(new Set(heard.map(({ path }) => path)).size).toBe(1000)
          worst = Math.max(worst, lags.sort((a, b) => a - b)[989]!)
        }
        return worst
      }
      const alone = await slowest()

      await addEndpoint(`${receiver.url}/hole`, { events: ['video.completed', 'video.failed'] })
      // a backlog that nobody takes, before the event that everybody is to hear of
      for (let backlog = 0; backlog < 50; backlog++) await happen('video.failed')
      await one.runNow()
      while (holes.length < 8) await receiver.until(receiver.received.length + 1)
      const beside = await slowest()
      // never more than eight at once to one endpoint, and none of them was answered
      expect(holes).toHaveLength(8)
      if (process.env.EVENTS)
        console.log(`W3 on ${kind}: p99 ${Math.round(alone)} ms alone, ${Math.round(beside)} ms beside`)
      expect(beside).toBeLessThan(Math.max(2000, alone * 3))
    }
  )

  test('the callbacks of one key leave room for those of another, however many hosts they name', async () => {
    await database.db.insert(database.keys).values(keyRow({ id: 'key_2', callbackSecret: sealedFor('key_2') }))
    const finished = { status: 'completed', finishedAt: 1, dueAt: null } as const
    const tasks = Array.from({ length: 200 }, (_, number) =>
      taskRow({ ...finished, id: `video_${number}`, callbackUrl: `https://h${number}.example/` })
    )
    const other = taskRow({ ...finished, id: 'video_x', keyId: 'key_2', callbackUrl: 'https://good.example/' })
    await database.db.insert(database.tasks).values([...tasks, other])
    for (const { id } of tasks) await happen('video.completed', { taskId: id })
    const urls: string[] = []
    const forever = Promise.withResolvers<never>()
    const one = node(url => {
      urls.push(url)
      return url.includes('good') ? answering(200)(url, { headers: {}, body: '' }) : forever.promise
    })
    await one.runNow()
    expect(urls).toHaveLength(64)
    await happen('video.completed', { taskId: 'video_x', keyId: 'key_2' })
    await one.runNow()
    expect(urls.at(-1)).toBe('https://good.example/')
    expect(urls).toHaveLength(65)
    forever.reject(new UpstreamError('over', { sent: true }))
    await one.settled()
  })

  test('a name that resolves to a private address is not called, at any attempt', async () => {
    const { post, close: closePost } = createPost({
      guard: guardAllowing('192.0.2.1', async () => [{ address: '127.0.0.1', family: 4 }])
    })
    onTestFinished(closePost)
    await addEndpoint('https://rebinding.example.com/')
    await happen()
    const one = node(post)
    await one.round()
    clock += MINUTE
    await one.round()
    expect(await all()).toMatchObject([{ status: 'pending', tries: 2, error: expect.stringContaining('not public') }])
  })
})

test('the queries that run every second use their indexes', () => {
  const file = new Sqlite(':memory:')
  for (const { statements } of loadMigrations('sqlite')) for (const statement of statements) file.exec(statement)
  const plan = (text: string) =>
    file
      .prepare(`explain query plan ${text}`)
      .all()
      .map(row => (row as { detail: string }).detail) // what SQLite gives for a plan
      .join('; ')
  expect(plan('select id from events where "events"."pending" order by id limit 50')).toContain('events_pending')
  const due = plan(
    'select id, partition_key from deliveries where due_at is not null and due_at <= 5 and partition_key not in (1, 2) order by due_at limit 100'
  )
  expect(due).toContain('deliveries_due')
  expect(due).not.toContain('TEMP B-TREE')
})
