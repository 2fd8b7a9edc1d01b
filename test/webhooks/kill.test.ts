import { expect, onTestFinished, test } from 'vitest'
import { environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall, spawnServer } from '../support/process.ts'
import { startReceiver } from './receiver.ts'

test('a process killed right after a video ended has delivered nothing; the next one does, once', async () => {
  const [vendor, receiver] = [await startFakeCloudsway(), await startReceiver()]
  vendor.onPoll = () => 'succeed'
  const folder = makeFolder('told')
  onTestFinished(folder.close)
  onTestFinished(vendor.close)
  const env = { ...environment, DATA_DIR: folder.path }

  const first = await spawnServer(env, { at: 'ended' })
  const post = (path: string, body: object) => adminCall<{ id: string }>(first.url, 'POST', path, body)
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
