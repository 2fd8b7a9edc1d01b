import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { Key } from '../../src/db/index.ts'
import { openServices, type Services } from '../../src/services.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'

/* The machine's clock is set by two days while tasks wait, run, and rest (reliability R8): nothing ends too early, nothing is stuck. */

const HOUR = 3_600_000
const DAYS = 48 * HOUR

let folder: string
let wall: number
let steady: number
let node: Services
let key: Key
let submits: number
let polls: number
let isLost: boolean
let isDone: boolean
let isAbsent: boolean

const answer = (body: object, status = 200): HttpAnswer => ({ status, headers: {}, body })
const job = (status: string, more: object = {}) =>
  answer({ code: 0, data: { task_id: `job-${submits}`, task_status: status, ...more } })

async function open() {
  node = await openServices({
    config: loadConfig({ DATA_DIR: folder, SANDBOX: 'off', ARCHIVE_URL: 'off' }),
    log: pino({ level: 'silent' }),
    now: () => wall,
    steady: () => steady,
    random: () => 0.5,
    exchange: {
      fetch: async () => ({}),
      submit: async () => {
        submits++
        if (isLost) throw new UpstreamError('silence', { sent: true })
        return job('submitted')
      },
      ask: async () => {
        polls++
        if (isAbsent) return answer({ code: 1203, message: 'task not found' }, 404)
        if (!isDone) return job('processing')
        return job('succeed', { task_result: { videos: [{ id: 'v', url: 'https://cdn.test/v.mp4', duration: '5' }] } })
      },
      open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) })
    }
  })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reelay-clock-'))
  wall = Date.UTC(2026, 0, 5)
  steady = 0
  submits = polls = 0
  isLost = isDone = isAbsent = false
  await open()
  await node.channels.create({
    name: 'only',
    vendor: 'cloudsway',
    base_url: 'https://genaiapi.cloudsway.net',
    credential: 'secret',
    options: { endpoint_path: 'path' },
    models: { 'kling-v1': 'kling-v1' },
    max_concurrency: 1,
    submits_per_minute: null,
    priority: 0,
    weight: 1,
    disabled: false
  })
  ;({ key } = await node.keys.create({ name: 'k' }))
})
afterEach(async () => {
  await node.close()
  rmSync(folder, { recursive: true, force: true })
})

const create = async () =>
  (await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { unknownFields: [] })).task.id
const statusOf = async (id: string) => {
  const { task } = await node.tasks.inspect(id)
  return task.errorCode ?? task.status
}

async function pass(milliseconds: number) {
  wall += milliseconds
  steady += milliseconds
  await node.worker.tick()
}

/** One round of the loop, as the server runs it. */
async function round() {
  node.loop.start()
  await node.loop.nudge()
  await node.loop.stop()
}

test('neither a task that waits nor one that runs is over because the clock jumped two days forward', async () => {
  const [runs, waits] = [await create(), await create()]
  wall += DAYS
  await pass(1000)
  expect([await statusOf(runs), await statusOf(waits)]).toEqual(['in_progress', 'queued'])
  // as long as they may take, by a clock that stands right
  await pass(HOUR + 2000)
  expect([await statusOf(runs), await statusOf(waits)]).toEqual(['in_progress', 'expired'])
  isDone = true
  await pass(60_000)
  expect(await statusOf(runs)).toBe('completed')
})

test('a submit without an answer rests as long as it should before the vendor’s "never had it" is believed', async () => {
  isLost = true
  const id = await create()
  isLost = false
  isAbsent = true
  wall += DAYS
  await pass(1000)
  expect(polls).toBe(1)
  expect((await node.tasks.inspect(id)).attempts.map(({ outcome }) => outcome)).toEqual(['unknown'])
  await pass(91_000)
  expect((await node.tasks.inspect(id)).attempts[0]?.outcome).toBe('absent')
})

test.each(['while it runs', 'while it is down'])(
  'a clock put back two days %s leaves no task for later',
  async when => {
    const id = await create()
    const waits = await create()
    await pass(1000)
    isDone = true
    if (when === 'while it is down') {
      await node.close()
      wall -= DAYS
      await open()
    } else wall -= DAYS
    await round()
    await pass(2000)
    expect(await statusOf(id)).toBe('completed')
    await vi.waitFor(async () => expect(await statusOf(waits)).toBe('in_progress'))
    await pass(60_000)
    expect(await statusOf(waits)).toBe('completed')
  }
)
