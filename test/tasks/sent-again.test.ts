import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { openServices, type Services } from '../../src/services.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'

/* A submit whose answer was lost, and that the vendor says it never had, goes again. If the vendor was wrong, only the same account under the same
   reference would refuse the twin (the simulation, seed 22: the clock had jumped, and the first submit was still on its way). */

const rateLimited: HttpAnswer = { status: 429, headers: {}, body: { code: 1302, message: 'slow down' } }
const busy: HttpAnswer = { status: 503, headers: {}, body: { code: 5001, message: 'maintenance' } }

let folder: string
let clock: number
let node: Services
/** what the vendor hears, and what it answers next */
let sent: { account: string; reference: string }[]
let answers: (HttpAnswer | UpstreamError)[]

const acceptedAs = (reference: string): HttpAnswer => ({
  status: 200,
  headers: {},
  body: { code: 0, data: { task_id: 'job', task_status: 'submitted', task_info: { external_task_id: reference } } }
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reelay-again-'))
  clock = Date.UTC(2026, 0, 1)
  sent = []
  node = await openServices({
    config: loadConfig({ DATA_DIR: folder, SANDBOX: 'off', ARCHIVE_URL: 'off' }),
    log: pino({ level: 'silent' }),
    now: () => clock,
    random: () => 0.5,
    exchange: {
      fetch: async () => ({}),
      submit: async (_vendor, { options }, { body }) => {
        // true because it is Cloudsway's adapter that wrote the request
        const { json } = body as { json: { external_task_id: string } }
        sent.push({ account: String(options.endpoint_path), reference: json.external_task_id })
        const answer = answers.shift()
        if (answer instanceof UpstreamError) throw answer
        return answer ?? acceptedAs(json.external_task_id)
      },
      ask: async () => ({ status: 404, headers: {}, body: { code: 1203, message: 'task not found' } }),
      open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) })
    }
  })
  for (const [name, priority] of [
    ['first', 1],
    ['second', 0]
  ] as const)
    await node.channels.create({
      name,
      vendor: 'cloudsway',
      base_url: 'https://genaiapi.cloudsway.net',
      credential: 'secret',
      options: { endpoint_path: name },
      models: { 'kling-v1': 'kling-v1' },
      max_concurrency: null,
      submits_per_minute: null,
      priority,
      weight: 1,
      disabled: false
    })
})
afterEach(async () => {
  await node.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['over its rate', rateLimited],
  ['down for maintenance', busy]
])('what is sent again stays with its account and its reference, also when that is %s', async (_name, refused) => {
  answers = [new UpstreamError('silence', { sent: true }), refused, refused]
  const { key } = await node.keys.create({ name: 'k' })
  const { task } = await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { unknownFields: [] })
  for (let round = 0; round < 9 && sent.length < 4; round++) {
    clock += 95_000
    await node.worker.tick()
    await vi.waitFor(async () => expect((await node.tasks.inspect(task.id)).attempts.at(-1)?.outcome).not.toBeNull())
  }
  expect(sent).toHaveLength(4)
  expect(new Set(sent.map(({ account }) => account))).toEqual(new Set(['first']))
  expect(new Set(sent.map(({ reference }) => reference)).size).toBe(1)
  expect(await node.tasks.get(key, task.id)).toMatchObject({ status: 'in_progress' })
})
