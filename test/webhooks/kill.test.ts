import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { spawnServer } from '../support/process.ts'
import { ADMIN_KEY } from '../support/server.ts'
import { startReceiver } from './receiver.ts'

test('a process killed right after a video ended has delivered nothing; the next one does, once', async () => {
  const [vendor, receiver] = [await startFakeCloudsway(), await startReceiver()]
  vendor.onPoll = () => 'succeed'
  const folder = mkdtempSync(join(tmpdir(), 'reelay-told-'))
  onTestFinished(async () => {
    await vendor.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const env = { DATA_DIR: folder, ADMIN_KEY, OUTBOUND_ALLOW: '127.0.0.0/8', SANDBOX: 'off', ARCHIVE_URL: 'off' }
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }

  const first = await spawnServer(env, { at: 'ended' })
  const post = async (path: string, body: unknown) => {
    const response = await fetch(first.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as { id: string }
  }
  await post('/admin/channels', vendor.channel({ models: { m: 'kling-v1' } }))
  await post('/v1/webhook_endpoints', { url: `${receiver.url}/endpoint`, event_types: ['video.completed'] })
  const { id } = await post('/v1/videos', { model: 'm', prompt: 'a cat', callback_url: `${receiver.url}/callback` })
  await first.exited
  expect(first.child.signalCode).toBe('SIGKILL')
  const before = receiver.received.length

  const second = await spawnServer(env)
  onTestFinished(() => void second.child.kill('SIGKILL'))
  await receiver.until(2)
  expect(before).toBe(0)
  expect(receiver.received.map(({ path }) => path).sort()).toEqual(['/callback', '/endpoint'])
  for (const { body } of receiver.received)
    expect(JSON.parse(body)).toMatchObject({ type: 'video.completed', data: { id } })
  expect(new Set(receiver.ids()).size).toBe(1)
  second.child.kill('SIGTERM')
  await second.exited
})
