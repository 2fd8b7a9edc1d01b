import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { constants, getPriority, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall, spawnServer, type SpawnedServer } from '../support/process.ts'
import { openSocket, png } from '../support/wire.ts'
import { startProbe } from './probe.ts'

/*
 * A member that wants to freeze or fill the gateway, against a process of its own: while it attacks, the process stays small and answers others.
 * Times are only bounded in the long run (LONG=1), on a machine of its own, where the attacker and the vendors, which elsewhere have machines of
 * their own, run with a lower priority than the process, its database and the watch.
 */

const LONG = process.env.LONG === '1'
const TIMEOUT = LONG ? 900_000 : 300_000
const MB = 1024 * 1024
const MOST_RSS = (LONG ? 600 : 700) * MB
const [MOST_LIVEZ, MOST_POLL] = LONG ? [500, 250] : [20_000, 20_000]
const size = (short: number, long: number) => (LONG ? long : short)

describe.each(LONG ? kinds : (['sqlite'] as const))('a hostile member, on %s', kind => {
  let server: SpawnedServer
  let probe: ReturnType<typeof startProbe>
  let vendor: Awaited<ReturnType<typeof startFakeCloudsway>>
  let far: Awaited<ReturnType<typeof startFarFiles>>
  let hog: string
  let guest: string
  const closing: (() => unknown)[] = []
  const sockets: Socket[] = []

  beforeAll(async () => {
    const folder = makeFolder('hostile')
    const database = await freshUrl(kind)
    vendor = await startFakeCloudsway()
    far = await startFarFiles()
    server = await spawnServer({
      ...environment,
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      MAX_QUEUED: '100',
      SUBMIT_WAIT_MS: '2000'
    })
    closing.push(database.close, folder.close, vendor.close, far.close, server.close)
    const newKey = async () => (await adminCall<{ key: string }>(server.url, 'POST', '/admin/keys', { name: 'k' })).key
    await adminCall(server.url, 'POST', '/admin/channels', vendor.channel())
    await adminCall(server.url, 'POST', '/admin/channels', {
      ...vendor.channel({ models: { narrow: 'kling-v1' }, max_concurrency: 1 })
    })
    await adminCall(server.url, 'POST', '/admin/channels', {
      name: 'google',
      vendor: 'gemini',
      base_url: far.url,
      credential: 'google-credential',
      models: { veo: 'veo-3.1-generate-preview' }
    })
    hog = await newKey()
    guest = await newKey()
    vendor.onPoll = () => 'processing'
    const { id } = (await call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a guest' }, guest)).body
    probe = startProbe({ url: server.url, path: `/v1/videos/${id}`, key: guest, pid: server.child.pid! })
    closing.push(probe.close)
    if (LONG) closing.push(yieldCpu())
  })
  afterAll(async () => {
    for (const close of closing.toReversed()) await close()
  })
  /** Ends an attack. Throws when the process was slow or large meanwhile, or has died. */
  async function unharmed(attack: string): Promise<void> {
    const { exitCode, signalCode } = server.child
    if (exitCode !== null || signalCode !== null) throw new Error(`the server died: ${server.output()}`)
    const { rss, livez, poll, polls, failed } = await probe.seen()
    const seen = `${kind}, ${attack}: RSS ${Math.round(rss / MB)} MB, /livez ${Math.round(livez)} ms, p99 of ${polls} polls ${Math.round(poll)} ms`
    console.info(seen)
    for (const socket of sockets.splice(0)) socket.destroy()
    if (rss > MOST_RSS || livez > MOST_LIVEZ || poll > MOST_POLL || failed > 0)
      throw new Error(`${seen}, ${failed} failed`)
  }

  async function call(method: string, path: string, body?: unknown, key = hog, headers: Record<string, string> = {}) {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    const text = await response.text()
    // an answer's shape is what the test is about
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as any }
  }

  /** Sends bytes and returns the status of the answer; null: the connection was closed without one. */
  async function raw(bytes: string | readonly (string | Buffer)[], ms: number): Promise<number | null> {
    const socket = openSocket(server.url)
    sockets.push(socket)
    let text = ''
    socket.on('data', chunk => (text += text.length < 100 ? chunk.toString('latin1') : ''))
    const answered = once(socket, 'data').catch(() => {})
    for (const piece of [bytes].flat()) socket.write(piece)
    await Promise.race([answered, once(socket, 'close').catch(() => {}), sleep(ms)])
    return text === '' ? null : Number(text.split(' ')[1])
  }

  const head = (method: string, path: string, headers: Record<string, string> = {}, key = hog) =>
    `${method} ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`

  test('62 MB of nested empty objects', { timeout: TIMEOUT }, async () => {
    const rows = `[${'{},'.repeat(9999)}{}]`
    const body = `{"model":"kling-v1","prompt":"a","metadata":{"a":[${Array(2140).fill(rows).join()}]}}`
    expect(body.length).toBeGreaterThan(61 * MB)
    for (let n = 0; n < size(1, 5); n++)
      for (const path of ['/v1/videos/estimate', '/v1/videos'])
        expect(await call('POST', path, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    await unharmed('62 MB of nested empty objects')
  })

  test('Prefer: wait====…', { timeout: TIMEOUT }, async () => {
    const { id } = (await call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a' })).body
    const headers = { prefer: `wait${'='.repeat(15_000)}` }
    const answers = await inWaves(size(50, 1000), () => call('GET', `/v1/videos/${id}`, undefined, hog, headers))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    await unharmed('Prefer: wait====…')
  })

  test('n: 10 with two images of 18 MB', { timeout: TIMEOUT }, async () => {
    const image = png(18 * MB).toString('base64')
    const before = vendor.submits.length
    const body = { model: 'kling-v1', prompt: 'a', n: size(3, 10), image, metadata: { image_tail: image } }
    const { status } = await call('POST', '/v1/videos', body)
    expect(status).toBe(200)
    await expect.poll(() => vendor.submits.length - before, { timeout: 120_000, interval: 50 }).toBe(size(3, 10))
    expect(vendor.submits.every(({ body: sent }) => sent.image === undefined || sent.image === image)).toBe(true)
    vendor.submits.length = 0
    await unharmed('n: 10 with two images of 18 MB')
  })

  test('creates with three URLs of 20 MB', { timeout: TIMEOUT }, async () => {
    const images = [1, 2, 3].map(n => ({ url: `${far.url}/${n}.png`, role: 'reference' }))
    const creates = await Promise.all(
      Array.from({ length: size(4, 20) }, (_, n) =>
        call('POST', '/v1/videos', { model: 'veo', prompt: `${n}`, images })
      )
    )
    expect(creates.map(({ status, body }) => [status, body.code])).toEqual(creates.map(() => [200, undefined]))
    // a machine that is too slow for its images fails some: they are not worth the memory
    const open = async () => {
      const tasks = await Promise.all(creates.map(({ body }) => call('GET', `/openai/v1/videos/${body.id}`)))
      return tasks.filter(({ body }) => body.status === 'queued').length
    }
    await expect.poll(open, { timeout: 500_000, interval: 200 }).toBe(0)
    expect(await far.submits()).toBeGreaterThan(0)
    await unharmed('creates with three URLs of 20 MB')
  })

  test('60 connections that stop at 60 MB', { timeout: TIMEOUT }, async () => {
    const piece = Buffer.alloc(MB, ' ')
    const headers = { 'content-type': 'application/json', 'content-length': String(62 * MB) }
    const statuses = await Promise.all(
      Array.from({ length: size(12, 60) }, () =>
        raw([head('POST', '/v1/videos', headers), ...Array(60).fill(piece)], 15_000)
      )
    )
    expect(statuses.filter(status => status === null).length).toBeLessThanOrEqual(1)
    expect(statuses.filter(status => status === 429).length).toBeGreaterThanOrEqual(size(10, 58))
    await unharmed('60 connections that stop at 60 MB')
  })

  test('idle streams of one key', { timeout: TIMEOUT }, async () => {
    const { id } = (await call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a' })).body
    const path = `/v1/videos/${id}/events`
    const statuses = await inWaves(size(400, 5000), () => raw(head('GET', path), 20_000))
    expect(statuses.filter(status => status === 200)).toHaveLength(200)
    expect(statuses.filter(status => status === 429)).toHaveLength(size(200, 4800))
    await sleep(size(1000, 20_000))
    await unharmed('idle streams of one key')
  })

  test('more webhook endpoints than a key may have', { timeout: TIMEOUT }, async () => {
    let made = 0
    for (let n = 0; n < size(110, 2000); n++) {
      const settings = { url: `https://${n}.example.com/`, event_types: ['video.completed'] }
      if ((await call('POST', '/v1/webhook_endpoints', settings)).status === 200) made++
    }
    expect(made).toBe(100)
    await unharmed('more webhook endpoints than a key may have')
  })

  test('a queue that one key fills', { timeout: TIMEOUT }, async () => {
    const create = (key: string) => call('POST', '/v1/videos', { model: 'narrow', prompt: 'a' }, key)
    const statuses = []
    for (let n = 0; n < size(120, 2000); n++) statuses.push((await create(hog)).status)
    expect(statuses.filter(status => status === 200)).toHaveLength(101)
    for (let n = 0; n < 50; n++) expect((await create(guest)).status).toBe(200)
    expect((await create(guest)).status).toBe(503)
    await unharmed('a queue that one key fills')
  })

  test('downloads that nobody reads', { timeout: TIMEOUT }, async () => {
    vendor.onPoll = () => 'succeed'
    vendor.onFile = (_request, reply) => reply.redirect(`${far.url}/film.mp4`)
    const { id } = (await call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a' })).body
    await expect
      .poll(async () => (await call('GET', `/openai/v1/videos/${id}`)).body.status, { timeout: 60_000, interval: 200 })
      .toBe('completed')
    const statuses = await inWaves(size(100, 1000), async () => {
      const socket = openSocket(server.url)
      sockets.push(socket)
      socket.write(head('GET', `/v1/videos/${id}/content`))
      const [first] = (await once(socket, 'data')) as [Buffer]
      socket.pause()
      return Number(first.toString('latin1').split(' ')[1])
    })
    expect(statuses.filter(status => status === 200)).toHaveLength(50)
    expect(statuses.filter(status => status === 429)).toHaveLength(size(50, 950))
    expect((await adminCall<{ id: string }>(server.url, 'GET', `/admin/tasks/${id}`)).id).toBe(id)
    await unharmed('downloads that nobody reads')
  })
})

/** Does something many times, a hundred at once: more would wait for each other rather than for the server. */
async function inWaves<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = []
  while (done.length < times)
    done.push(...(await Promise.all(Array.from({ length: Math.min(100, times - done.length) }, work))))
  return done
}

/** Lowers the priority of this process, as the far files lower theirs; returns what restores it, where that is permitted. */
function yieldCpu(): () => void {
  const before = getPriority()
  setPriority(constants.priority.PRIORITY_LOW)
  return () => {
    try {
      setPriority(before)
    } catch {
      console.info('the next server runs with the priority of its attacker: only root may raise it again')
    }
  }
}

/** A process with large files, and a vendor that takes images as bytes. */
async function startFarFiles() {
  const child = fork(new URL('far-files.ts', import.meta.url))
  const [url] = (await once(child, 'message')) as [string] // what it sends
  return {
    url,
    submits: async () => ((await (await fetch(`${url}/submits`)).json()) as { submits: number }).submits,
    close: () => child.disconnect()
  }
}
