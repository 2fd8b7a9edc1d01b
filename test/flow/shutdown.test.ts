import { expect, test } from 'vitest'
import { ADMIN_KEY, environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { spawnServer } from '../support/process.ts'
import { startTestServer } from '../support/server.ts'

const vendor = forEachTest(startFakeCloudsway)
const folder = forEachTest(() => makeFolder('stop'))
const env = () => ({ ...environment, ARCHIVE_URL: '', DATA_DIR: folder.path })
const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
const post = (url: string, body: unknown) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })

test('SIGTERM finishes the submit on the wire, answers its client, exits 0; the next start goes on', async () => {
  const server = await spawnServer(env())
  await post(`${server.url}/admin/channels`, vendor.channel())
  let arrived = () => {}
  const submitArrived = new Promise<void>(resolve => (arrived = resolve))
  let answer = () => {}
  const mayAnswer = new Promise<void>(resolve => (answer = resolve))
  vendor.onSubmit = async (): Promise<'accept'> => {
    arrived()
    await mayAnswer
    return 'accept'
  }
  vendor.onPoll = () => 'succeed'
  const created = post(`${server.url}/openai/v1/videos`, { model: 'kling-v1', prompt: 'p' })
  await submitArrived
  server.child.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(`${server.url}/livez`).then(
        ({ status }) => status,
        () => 'refused'
      )
    )
    .not.toBe(200)
  answer()
  const response = await created
  expect(response.status).toBe(200)
  const { id, status } = (await response.json()) as { id: string; status: string }
  expect(status).toBe('in_progress')
  await server.exited
  expect(server.child.exitCode).toBe(0)

  const next = await spawnServer(env())
  await expect
    .poll(
      async () =>
        ((await (await fetch(`${next.url}/openai/v1/videos/${id}`, { headers })).json()) as { status: string }).status,
      { timeout: 15_000 }
    )
    .toBe('completed')
  expect(vendor.submits).toHaveLength(1)
  next.child.kill('SIGTERM')
  await next.exited
  expect(next.child.exitCode).toBe(0)
})

test('while it drains /readyz says so, and what a balancer still sends is answered, over connections that end', async () => {
  const server = await startTestServer({ channel: vendor.channel() })
  const stopped = server.stop(1000)
  expect((await server.call('GET', '/readyz', undefined, { key: null })).status).toBe(503)
  const created = await server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: 'p' })
  expect(created.status).toBe(200)
  expect(created.headers.get('connection')).toBe('close')
  await stopped
  expect(vendor.submits).toHaveLength(1)
  expect(vendor.aborted()).toBe(0)
})
