import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { environment } from '../support/environment.ts'
import { filmOf, smallFilm } from '../support/film.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { adminCall, spawnServer } from '../support/process.ts'
import { startTestServer } from '../support/server.ts'

/* Vendors whose answer to a submit is the video itself: it takes minutes, there is no id, and what is lost of it is paid and gone. */

const MINUTE = 60_000
const prices = [{ unit: 'video', amount: '0.50', currency: 'USD' }]
const budget = { amount: '5.00', currency: 'USD', window: 'total' }

describe.each(kinds)('the answer to a submit is the video, on %s', kind => {
  const vendor = forEachTest(startFakeSync)
  const server = forEachTest(() =>
    startTestServer({ kind, env: { ARCHIVE_URL: 'off', SUBMIT_WAIT_MS: '0', MAX_VIDEO_MB: '1', EXCHANGE_LOG: 'all' } })
  )

  async function create(options: object = {}) {
    const channel = await server.newChannel(vendor.channel(options))
    await server.call('PATCH', '/admin/models/m', { prices })
    const key = await server.memberKey({ budget })
    const { body } = await server.call('POST', '/openai/v1/videos', { model: 'm', prompt: 'a cat' }, { key })
    return { channel, key, id: String(body.id) }
  }
  const inFlight = async (channel: string) => (await server.call('GET', `/admin/channels/${channel}`)).body.in_flight
  const ledgerOf = async (id: string) => (await server.inspect(id)).ledger.map(({ kind: entry }: any) => entry)

  test('it is stored without an archive, captured like any other, and its slot is held while it is made', async () => {
    const { channel, key, id } = await create()
    const response = await vendor.submitted()
    for (let minute = 0; minute < 10; minute++) {
      await server.advance(MINUTE / 3)
      expect(await inFlight(channel)).toBe(1)
    }
    expect((await server.inspect(id)).status).toBe('in_progress')
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(smallFilm)
    await expect.poll(async () => (await server.inspect(id)).status).toBe('completed')
    const file = await server.content(id, { key })
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4'])
    expect(Buffer.from(await file.arrayBuffer()).equals(smallFilm)).toBe(true)
    expect(await ledgerOf(id)).toEqual(['hold', 'capture'])
    expect([await inFlight(channel), vendor.paths]).toEqual([0, ['/v1/videos/sync']])
    const logged = async () => JSON.stringify((await server.call('GET', `/admin/tasks/${id}/exchanges`)).body.data)
    await expect.poll(logged).toContain('The answer was the file itself.')
    expect(await logged()).not.toContain('stands for a video')
  })

  const film = { 'content-type': 'video/mp4' }
  const large = filmOf('x', 1_000_001)
  const doubtful: [string, (response: ServerResponse) => void][] = [
    ['only in part', it => it.writeHead(200, { ...film, 'content-length': 9999 }).write(smallFilm, () => it.destroy())],
    ['an HTML page', it => it.writeHead(200, film).end('<html><body>busy</body></html>')],
    ['larger than 1 MB', it => it.writeHead(200, film).end(large)],
    ['larger than 1 MB', it => it.writeHead(200, { ...film, 'content-length': large.length }).end(large)],
    ['Headers Timeout', () => {}]
  ]
  test('an answer that is no whole video leaves the outcome unknown; nothing is sent again', async () => {
    const { channel, key, id } = await create({ sync_timeout_seconds: 2 })
    const again = { model: 'm', prompt: 'a cat' }
    const ids = [id]
    for (const [reason, answer] of doubtful) {
      const task = reason === doubtful[0]![0] ? id : await server.newVideo(again, { key })
      if (task !== id) ids.push(task)
      answer(await vendor.submitted())
      const attempt = async () => (await server.inspect(task)).attempts.at(-1)
      await expect.poll(async () => (await attempt()).outcome, { timeout: 20_000 }).toBe('unknown')
      expect((await attempt()).failure.message).toContain(reason)
    }
    await server.advance(2 * MINUTE)
    for (const one of ids) {
      expect(await server.finished(one)).toMatchObject({ error: { code: 'submit_outcome_unknown' } })
      expect(await ledgerOf(one)).toEqual(['hold'])
    }
    expect([ids.length, vendor.paths.length, await inFlight(channel)]).toEqual([5, 5, 0])
  })

  test("an error in the server's own words is certain: nothing is held for it", async () => {
    const { id } = await create()
    const response = await vendor.submitted()
    response
      .writeHead(500, { 'content-type': 'application/json' })
      .end('{"detail":"Video generation failed: no memory"}')
    await expect.poll(async () => (await server.inspect(id)).status).toBe('failed')
    expect(await ledgerOf(id)).toEqual(['hold', 'release'])
  })
})

test.each(kinds)(
  'kill -9 on %s: a video that was stored is not lost, one in the middle of its answer is in doubt',
  async kind => {
    const vendor = await startFakeSync()
    const folder = makeFolder('film')
    const database = await freshUrl(kind)
    const env = {
      ...environment,
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      RECONCILE_AFTER_MS: '3000',
      SUBMIT_WAIT_MS: '0',
      PATH: '/nonexistent'
    }
    try {
      const dying = await spawnServer(env, { at: 'after-send' })
      await adminCall(dying.url, 'POST', '/admin/channels', vendor.channel())
      const create = () =>
        adminCall<{ id: string }>(dying.url, 'POST', '/openai/v1/videos', { model: 'm', prompt: 'a' })
      const [lost, stored] = [await create(), await create()]
      const answers = [await vendor.submitted(), await vendor.submitted()]
      const head = { 'content-type': 'video/mp4', 'content-length': smallFilm.length }
      answers[0]!.writeHead(200, head).write(smallFilm.subarray(0, 100))
      answers[1]!.writeHead(200, head).end(smallFilm)
      await dying.exited

      const server = await spawnServer(env)
      const end = async (id: string) => {
        const { status, error } = await adminCall<any>(server.url, 'GET', `/openai/v1/videos/${id}`)
        return error?.code ?? status
      }
      const ends = async () => new Set([await end(lost.id), await end(stored.id)])
      await expect
        .poll(ends, { timeout: 30_000, interval: 200 })
        .toEqual(new Set(['completed', 'submit_outcome_unknown']))
      expect(vendor.paths).toHaveLength(2)
      await server.close()
    } finally {
      await vendor.close()
      await database.close()
      folder.close()
    }
  }
)

/** A server that makes videos while the caller waits; the test answers each create itself. */
async function startFakeSync() {
  const paths: string[] = []
  const waiting: ServerResponse[] = []
  const takers: ((response: ServerResponse) => void)[] = []
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      if (request.method !== 'POST') return response.writeHead(404).end('{}')
      paths.push(String(request.url))
      const taker = takers.shift()
      return taker ? taker(response) : waiting.push(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  return {
    paths,
    /** Resolves to the response of the next create. */
    submitted: async () => waiting.shift() ?? new Promise<ServerResponse>(resolve => takers.push(resolve)),
    channel: (options: object = {}) => ({
      name: 'own GPUs',
      vendor: 'openai',
      base_url: url,
      credential: 'key',
      options: { dialect: 'vllm-omni', sync: true, ...options },
      models: { m: 'm' }
    }),
    async close() {
      server.close()
      server.closeAllConnections()
    }
  }
}
