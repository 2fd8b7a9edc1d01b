import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { filmBeginning } from '../support/film.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* What a vendor can take from the archive with files that do not end, or hardly begin: bytes of the disk, and places. */

const MB = 1_000_000
const vendor = forEachTest(startFakeCloudsway)
let server: TestServer
afterEach(() => server.close())

const keep = () => server.services.archiver!.tick()
const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [])
const arrived = () => filesIn(join(server.folder, 'incoming'))
const kept = () => filesIn(join(server.folder, 'archive')).filter(name => name.endsWith('.mp4'))

async function finishedVideo(env: Record<string, string>, lines: string[] = []) {
  const onLog = (line: string) => void lines.push(line)
  server = await startTestServer({ env: { ARCHIVE_URL: '', ...env }, channel: vendor.channel(), onLog })
  return server.finished(await server.newVideo())
}

test('an endless file stops at MAX_VIDEO_MB and leaves nothing on the disk', async () => {
  const lines: string[] = []
  await finishedVideo({ MAX_VIDEO_MB: '3' }, lines)
  let sent = 0
  const closed = Promise.withResolvers<void>()
  vendor.onFile = (request, reply) => {
    request.raw.socket.once('close', () => closed.resolve())
    async function* endless() {
      yield filmBeginning
      for (;;) {
        sent += 65_536
        yield Buffer.alloc(65_536, 1)
      }
    }
    return reply.type('video/mp4').send(Readable.from(endless()))
  }
  await keep()
  await closed.promise
  // what is between the two sockets comes on top
  expect(sent).toBeLessThan(30 * MB)
  expect([arrived(), kept()]).toEqual([[], []])
  expect(lines.some(line => line.includes('larger than 3 MB'))).toBe(true)
})

test('a file that is announced as too large is not fetched; its vendor still serves it', async () => {
  const lines: string[] = []
  const { id } = await finishedVideo({ MAX_VIDEO_MB: '1' }, lines)
  const large = Buffer.concat([filmBeginning, Buffer.alloc(2 * MB, 1)])
  vendor.onFile = (_request, reply) => reply.type('video/mp4').send(large)
  await keep()
  expect([arrived(), kept()]).toEqual([[], []])
  expect(lines.some(line => line.includes('MAX_VIDEO_MB allows 1'))).toBe(true)
  expect((await (await server.content(id)).arrayBuffer()).byteLength).toBe(large.length)
})

test('channels whose files trickle leave places for every other, however many they are', async () => {
  const slow = forSlow()
  server = await startTestServer({ env: { ARCHIVE_URL: '' } })
  const channels = 10
  const models = Array.from({ length: channels }, (_, number) => `slow-${number}`)
  vendor.onFile = slow.onFile
  for (const model of models) await server.newChannel(vendor.channel({ models: { [model]: 'kling-v1' } }))
  const made = models.flatMap(model => Array.from({ length: 6 }, () => server.newVideo({ model })))
  for (const id of await Promise.all(made)) await server.finished(id)
  // four places each up to half of all, and one beyond: how many that are depends on which files come first
  for (let rounds = 0; rounds < 3; rounds++) {
    await server.advance(3000)
    await expect.poll(slow.hanging, { timeout: 20_000 }).toBeGreaterThanOrEqual(32)
    expect(slow.hanging()).toBeLessThanOrEqual(32 + channels)
  }
  vendor.onFile = undefined
  await server.newChannel(vendor.channel({ models: { quick: 'kling-v1' } }))
  const { id } = await server.finished(await server.newVideo({ model: 'quick' }))
  await expect
    .poll(
      async () => {
        await server.advance(3000)
        return kept().map(name => name.split('/')[0])
      },
      { timeout: 20_000 }
    )
    .toContain(id)
  slow.end()
})

/** Files that begin and then hang, until `end`. */
function forSlow() {
  const streams: Readable[] = []
  onTestFinished(() => end())
  const end = () => streams.forEach(stream => stream.destroy())
  return {
    hanging: () => streams.length,
    end,
    onFile: (...[, reply]: Parameters<NonNullable<typeof vendor.onFile>>) => {
      const stream = new Readable({ read() {} })
      streams.push(stream)
      return reply.type('video/mp4').send(stream)
    }
  }
}

describe.each(kinds)('what killed processes left, on %s', kind => {
  test('is removed at the start, except what another process is working on', async () => {
    const database = await freshUrl(kind)
    onTestFinished(async () => void (await database.close()))
    server = await startTestServer({
      env: { ARCHIVE_URL: '', DATABASE_URL: database.url },
      channel: vendor.channel()
    })
    const { id } = await server.finished(await server.newVideo())
    const slow = forSlow()
    vendor.onFile = slow.onFile
    await server.services.archiver!.begin()
    await expect.poll(slow.hanging).toBe(1)
    const { assets } = server.services.stores
    const { id: assetId } = (await assets.find(id, 0, 'video'))!
    const claimed = await assets.claimed([id, assetId, 'asset_dead'], server.now())
    expect(claimed).toEqual([assetId])

    const data = makeFolder('heir')
    onTestFinished(() => data.close())
    const incoming = join(data.path, 'incoming')
    mkdirSync(incoming)
    for (const name of ['asset_dead', 'asset_dead.webp', `${id}-0`, claimed[0]!, `${claimed[0]}.webp`])
      writeFileSync(join(incoming, name), 'half a film')
    const heir = await startTestServer({
      env: {
        ARCHIVE_URL: '',
        DATA_DIR: data.path,
        // an SQLite has one process, which finds its own leftovers
        ...(kind === 'postgres' && {
          DATABASE_URL: database.url,
          SECRET_KEY: readFileSync(join(server.folder, 'secret.key'), 'utf8').trim()
        })
      }
    })
    onTestFinished(() => heir.close())
    expect(filesIn(incoming).toSorted()).toEqual(kind === 'postgres' ? [claimed[0], `${claimed[0]}.webp`] : [])
    slow.end()
  })
})
