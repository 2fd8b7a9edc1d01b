import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { vendors } from '../../src/vendors/index.ts'
import { watchVendor, type WatchedVendor } from '../support/watched-vendor.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* A POST describes its request once for each route, builds it once for each attempt, and hashes its image once. */

const image = `iVBORw0KGgo${'A'.repeat(2_000_000)}`
const request = { model: 'kling-v1', prompt: 'a cat', seconds: '5', image }

let one: FakeCloudsway
let other: FakeCloudsway
let server: TestServer
let watched: WatchedVendor
/** how often something as long as the image was hashed */
let hashed: number

beforeEach(async () => {
  one = await startFakeCloudsway()
  other = await startFakeCloudsway()
  server = await startTestServer()
  watched = watchVendor(vendors, 'cloudsway')
  hashed = 0
  const { createHash } = crypto
  vi.spyOn(crypto, 'createHash').mockImplementation((algorithm, options) => {
    const hash = createHash(algorithm, options)
    const update = hash.update.bind(hash)
    vi.spyOn(hash, 'update').mockImplementation(data => {
      if (data.toString().length >= image.length) hashed++
      return update(data as string) // true because nobody here hashes a string in an encoding of its own
    })
    return hash
  })
  syncBuiltinESMExports()
})
afterEach(async () => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
  watched.restore()
  await server.close()
  await one.close()
  await other.close()
})

const addChannel = (fake: FakeCloudsway, more = {}) => server.call('POST', '/admin/channels', fake.channel(more))
const create = async (body: object = request) => {
  const { status, body: made } = await server.call('POST', '/openai/v1/videos', body)
  expect(status).toBe(200)
  return made.id as string
}
const references = (fake: FakeCloudsway) => fake.submits.map(({ externalId }) => externalId)

test('one route: one description, one body, one hash', async () => {
  await addChannel(one)
  await create()
  expect(watched.described).toEqual([one.url])
  expect(watched.built).toEqual(references(one))
  expect(watched.built).toHaveLength(1)
  expect(hashed).toBe(1)
})

test('two routes, the first full: one description of each, a body for each attempt under its own reference', async () => {
  await addChannel(one, { priority: 10 })
  await addChannel(other)
  one.onSubmit = () => ({ status: 429, body: { code: 1303, message: 'parallel task over resource pack limit' } })
  await create()
  expect(watched.described).toEqual([one.url, other.url])
  expect(watched.built).toEqual([...references(one), ...references(other)])
  expect(new Set(watched.built).size).toBe(2)
  expect(hashed).toBe(1)
})

test('a route whose channel was changed meanwhile is described again', async () => {
  await addChannel(one, { priority: 10 })
  const { body: channel } = await addChannel(other)
  one.onSubmit = async () => {
    await server.call('PATCH', `/admin/channels/${channel.id}`, { options: { endpoint_path: 'EP', strict: false } })
    return { status: 429, body: { code: 1303, message: 'full' } }
  }
  await create()
  expect(watched.described).toEqual([one.url, other.url, other.url])
  expect(watched.built).toHaveLength(2)
})

test('several videos: the child tasks share their description, and each has its own body', async () => {
  await addChannel(one)
  await create({ ...request, n: 3 })
  await vi.waitFor(() => expect(one.submits).toHaveLength(3))
  // asked for three at once, and when that was refused for one
  expect(watched.described).toEqual([one.url, one.url])
  expect(watched.built.toSorted()).toEqual(references(one).toSorted())
  expect(hashed).toBe(1)
})

test('what waited in the queue is described again when it leaves', async () => {
  await addChannel(one, { max_concurrency: 1 })
  const first = await create()
  const second = await create()
  expect(watched.described).toHaveLength(2)
  await server.finished(first)
  await server.finished(second)
  expect(watched.described).toHaveLength(3)
  expect(watched.built).toEqual(references(one))
  expect(watched.built).toHaveLength(2)
})
