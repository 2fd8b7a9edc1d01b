import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { begin, openSandbox } from './client.ts'

function stateFile(): string {
  const { path, close } = makeFolder('sandbox')
  onTestFinished(close)
  return join(path, 'sandbox.jsonl')
}

it('a task in flight is found by both ids after a start without a close', async () => {
  const file = stateFile()
  const before = await openSandbox({ stateFile: file })
  const id = (await before.submit({ external_task_id: 'att_1', duration: '3', aspect_ratio: '9:16' })).data!.task_id

  // the first still runs, as a killed process leaves no trace of an orderly end
  const after = await openSandbox({ stateFile: file, now: () => begin + 3000 })
  const byId = await after.poll(id)
  expect(byId.data).toMatchObject({ task_id: id, task_status: 'succeed', created_at: begin })
  expect((await after.poll('att_1')).data!.task_id).toBe(id)
  expect(byId.data!.task_result!.videos[0]!.url).toMatch(new RegExp(`^${after.url}/`))
  expect((await fetch(byId.data!.task_result!.videos[0]!.url)).status).toBe(200)
  expect(await after.submit({ external_task_id: 'att_1' })).toMatchObject({ status: 400, code: 1201 })
})

it('a task whose answer was lost is there after the start', async () => {
  const file = stateFile()
  const before = await openSandbox({ stateFile: file })
  await expect(before.submit({ external_task_id: 'att_1', sandbox: { lost_answer: true } })).rejects.toThrow(
    'fetch failed'
  )
  const after = await openSandbox({ stateFile: file })
  expect(await after.poll('att_1')).toMatchObject({ status: 200 })
})

it('statuses and poll errors go on where they were', async () => {
  const file = stateFile()
  const sandbox = { poll_http_error: 503, poll_errors: 2, statuses: ['submitted', 'weird', 'succeed'] }
  const before = await openSandbox({ stateFile: file })
  const id = (await before.submit({ sandbox })).data!.task_id
  expect((await before.poll(id)).status).toBe(503)

  const second = await openSandbox({ stateFile: file })
  expect((await second.poll(id)).status).toBe(503)
  expect((await second.poll(id)).data!.task_status).toBe('submitted')

  const third = await openSandbox({ stateFile: file })
  expect((await third.poll(id)).data!.task_status).toBe('weird')
})

it('serves the links it gave out from the same port, when that is free', async () => {
  const file = stateFile()
  const before = await openSandbox({ stateFile: file })
  const url = await before.make({})
  await before.close()
  const after = await openSandbox({ stateFile: file, now: () => before.clock.now })
  expect(after.url).toBe(before.url)
  expect(after.credential).not.toBe(before.credential)
  expect((await fetch(url)).status).toBe(200)
})

it('reads past a line that a kill cut short, and drops it', async () => {
  const file = stateFile()
  const before = await openSandbox({ stateFile: file })
  const { data } = await before.submit({ external_task_id: 'att_1' })
  appendFileSync(file, '{"model":"kling-v1","sec')
  const second = await openSandbox({ stateFile: file })
  await second.submit({ external_task_id: 'att_2' })
  const third = await openSandbox({ stateFile: file })
  expect((await third.poll('att_1')).data!.task_id).toBe(data!.task_id)
  expect(await third.poll('att_2')).toMatchObject({ status: 200 })
})

it('forgets after 30 days, and the file with it', async () => {
  const file = stateFile()
  const before = await openSandbox({ stateFile: file })
  await before.submit({ external_task_id: 'att_1' })
  const kept = await openSandbox({ stateFile: file, now: () => begin + 30 * 86_400_000 - 1 })
  expect(await kept.poll('att_1')).toMatchObject({ status: 200 })
  const gone = await openSandbox({ stateFile: file, now: () => begin + 30 * 86_400_000 })
  expect(await gone.poll('att_1')).toMatchObject({ status: 404 })
  expect(readFileSync(file, 'utf8')).not.toContain('att_1')
})

it('keeps the file to its owner and no prompt in it', async () => {
  const file = stateFile()
  const { submit } = await openSandbox({ stateFile: file })
  await submit({ prompt: 'a secret wish', image: 'data:image/png;base64,c2VjcmV0' }, 'image2video')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).not.toMatch(/secret|c2VjcmV0/)
})
