import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Services } from '../../src/services/index.ts'
import type { Exchange } from '../../src/upstream/exchange.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { makeFolder } from '../support/folder.ts'
import { answer, channelOf, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

const MINUTE = 60_000
const folder = forEachTest(() => makeFolder('submitting'))
let clock: number
let submits: number
let nodes: Services[]
/** what happens while images are downloaded, and while the submit is on the wire */
let whileFetching: () => Promise<unknown>
let whileSubmitting: () => Promise<unknown>

const exchange: Pick<Exchange, 'fetch' | 'submit' | 'ask'> = {
  fetch: async urls => {
    await whileFetching()
    return Object.fromEntries(urls.map(url => [url, { mimeType: 'image/png', base64: 'iVBORw0KGgo=' }]))
  },
  submit: async () => {
    submits++
    await whileSubmitting()
    return answer({ id: 'interaction-1', status: 'queued', steps: [] })
  },
  ask: async () => answer({}, 500)
}

beforeEach(() => {
  clock = Date.UTC(2026, 0, 1)
  submits = 0
  nodes = []
  whileFetching = async () => {}
  whileSubmitting = async () => {}
})
afterEach(() => Promise.all(nodes.map(node => node.close())))

async function createOnGemini() {
  const open = () => openNode({ folder: folder.path, now: () => clock, exchange })
  const [node, other] = (nodes = [await open(), await open()]) as [Services, Services] // those two
  await node.channels.create(
    channelOf({ name: 'g', vendor: 'gemini', options: {}, models: { omni: 'gemini-omni-1.1-flash' } })
  )
  const { key } = await node.keys.create({ name: 'k' })
  const create = () =>
    node.tasks.create(
      key,
      { model: 'omni', prompt: 'p', images: [{ source: 'https://assets.example.com/a.png' }] },
      { warnings: [] }
    )
  return { create, other, node, key }
}

test('a submit whose preparation took long keeps its task while its answer is awaited', async () => {
  const { create, other } = await createOnGemini()
  whileFetching = async () => (clock += MINUTE)
  whileSubmitting = async () => {
    clock += MINUTE
    // past the settle window of the intent: a second node must not take this for a lost submit
    await other.worker.tick()
  }
  const { task } = await create()
  expect(task.status).toBe('in_progress')
  expect(submits).toBe(1)
})

test('a submit that lost its task while it was prepared is not sent', async () => {
  const { create, other } = await createOnGemini()
  whileFetching = async () => {
    clock += 3 * MINUTE
    await other.worker.tick()
  }
  await create().catch(() => {})
  expect(submits).toBe(0)
})

test('what the vendor drops becomes a warning, also when an image has to be fetched first', async () => {
  const { node, key } = await createOnGemini()
  const request = { model: 'omni', prompt: 'p', image: 'https://assets.example.com/a.png', fps: 30 }
  const { task } = await node.tasks.create(key, request, { warnings: [] })
  expect(task.warnings).toMatchObject([{ field: 'fps' }])
  expect(await node.tasks.estimate(key, request, [])).toMatchObject({ warnings: [{ field: 'fps' }] })
})

test('the schema of an unlisted model is asked for once, and does without an answer', async () => {
  let asked = 0
  let isDown = true
  const schema = {
    latest_version: { openapi_schema: { components: { schemas: { Input: { properties: { photo: {} } } } } } }
  }
  const sent: unknown[] = []
  const node = await openNode({
    folder: folder.path,
    now: () => clock,
    exchange: {
      ...exchange,
      async ask() {
        asked++
        if (isDown) throw new UpstreamError('no answer', { sent: true })
        return answer(schema)
      },
      async submit(_vendor, _config, request) {
        sent.push(request.body)
        return answer({ id: `p${sent.length}`, status: 'starting' }, 201)
      }
    }
  })
  nodes = [node]
  await node.channels.create(channelOf({ name: 'r', vendor: 'replicate', options: {}, models: { m: 'acme/dream' } }))
  const { key } = await node.keys.create({ name: 'k' })
  const source = 'https://assets.example.com/a.png'
  const create = () => node.tasks.create(key, { model: 'm', prompt: 'p', images: [{ source }] }, { warnings: [] })
  expect((await create()).task.status).toBe('in_progress')
  isDown = false
  for (let time = 0; time < 2; time++) expect((await create()).task.status).toBe('in_progress')
  expect(sent).toMatchObject([
    { json: { input: { image: source } } },
    ...[1, 2].map(() => ({ json: { input: { photo: source } } }))
  ])
  expect(asked).toBe(2)
  clock += 61 * MINUTE
  await create()
  expect(asked).toBe(3)
})
