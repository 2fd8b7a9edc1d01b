import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { openServices, type Services } from '../../src/services.ts'
import type { Exchange } from '../../src/upstream/exchange.ts'

const MINUTE = 60_000
let folder: string
let clock: number
let submits: number
let nodes: Services[]
/** what happens while images are downloaded, and while the submit is on the wire */
let whileFetching: () => Promise<unknown>
let whileSubmitting: () => Promise<unknown>

const exchange: Exchange = {
  fetch: async urls => {
    await whileFetching()
    return Object.fromEntries(urls.map(url => [url, { mimeType: 'image/png', base64: 'iVBORw0KGgo=' }]))
  },
  submit: async () => {
    submits++
    await whileSubmitting()
    return { status: 200, headers: {}, body: { id: 'interaction-1', status: 'queued', steps: [] } }
  },
  ask: async () => ({ status: 500, headers: {}, body: '' }),
  open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) })
}

async function openNode(): Promise<Services> {
  const config = loadConfig({ DATA_DIR: folder, SANDBOX: 'off', ARCHIVE_URL: 'off' })
  const node = await openServices({
    config,
    log: pino({ level: 'silent' }),
    now: () => clock,
    random: () => 0.5,
    exchange
  })
  nodes.push(node)
  return node
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelay-submitting-'))
  clock = Date.UTC(2026, 0, 1)
  submits = 0
  nodes = []
  whileFetching = async () => {}
  whileSubmitting = async () => {}
})
afterEach(async () => {
  await Promise.all(nodes.map(node => node.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function createOnGemini() {
  const node = await openNode()
  const other = await openNode()
  await node.channels.create({
    name: 'g',
    vendor: 'gemini',
    credential: 'key',
    options: {},
    models: { omni: 'gemini-omni-1.1-flash' },
    max_concurrency: null,
    submits_per_minute: null,
    priority: 0,
    weight: 1,
    disabled: false
  })
  const { key } = await node.keys.create({ name: 'k' })
  const create = () =>
    node.tasks.create(
      key,
      { model: 'omni', prompt: 'p', image: 'https://assets.example.com/a.png' },
      { unknownFields: [] }
    )
  return { create, other }
}

test('a submit that was long in preparing keeps its task while its answer is awaited', async () => {
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
