import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Services } from '../../src/services/index.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'
import { makeFolder } from '../support/folder.ts'
import { answer, cloudswayChannel, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

/* A submit whose answer was lost, and that the vendor says it never had, goes again. If the vendor was wrong, only the same account under the same
   reference would refuse the twin (the simulation, seed 22: the clock had jumped, and the first submit was still on its way). */

const rateLimited = answer({ code: 1302, message: 'slow down' }, 429)
const busy = answer({ code: 5001, message: 'maintenance' }, 503)

const folder = forEachTest(() => makeFolder('again'))
let clock: number
let node: Services
/** what the vendor hears, and what it answers next */
let sent: { account: string; reference: string }[]
let answers: (HttpAnswer | UpstreamError)[]

const acceptedAs = (reference: string) =>
  answer({
    code: 0,
    data: { task_id: 'job', task_status: 'submitted', task_info: { external_task_id: reference } }
  })

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1)
  sent = []
  node = await openNode({
    folder: folder.path,
    now: () => clock,
    exchange: {
      submit: async (_vendor, { options }, { body }) => {
        // true because it is Cloudsway's adapter that wrote the request
        const { json } = body as { json: { external_task_id: string } }
        sent.push({ account: String(options.endpoint_path), reference: json.external_task_id })
        const next = answers.shift()
        if (next instanceof UpstreamError) throw next
        return next ?? acceptedAs(json.external_task_id)
      },
      ask: async () => answer({ code: 1203, message: 'task not found' }, 404)
    }
  })
  await node.channels.create(cloudswayChannel({ name: 'first', priority: 1 }))
  await node.channels.create(cloudswayChannel({ name: 'second' }))
})
afterEach(() => node.close())

test.each([
  ['over its rate', rateLimited],
  ['down for maintenance', busy]
])('what is sent again stays with its account and its reference, also when that is %s', async (_name, refused) => {
  answers = [new UpstreamError('silence', { sent: true }), refused, refused]
  const { key } = await node.keys.create({ name: 'k' })
  const { task } = await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { warnings: [] })
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
