import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* An operator reads in the log what became of each task: who, what, where, how long, for how much, and why it failed. */

type Line = Record<string, unknown> & { msg: string; level: number }

describe.each(kinds)('on %s', kind => {
  let lines: Line[] = []
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => {
    lines = []
    return startTestServer({
      kind,
      channel: vendor.channel({ name: 'main' }),
      onLog: line => lines.push(JSON.parse(line) as Line) // the log's own shape
    })
  })

  const ofTask = async (id: string) => {
    await server.services.journal.done()
    return lines.filter(({ task, msg }) => task === id && msg.startsWith('task '))
  }

  test('a video: accepted, submitted, completed', async () => {
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ amount: '0.25', currency: 'USD', unit: 'video' }]
    })
    const { id: keyId, key } = await server.newKey({ name: 'team-a' })
    const id = await server.newVideo({}, { key })
    await server.finished(id, key)
    const about = { level: 30, task: id, key: 'team-a', keyId, model: 'kling-v1' }
    const at = { channel: 'main', channelId: expect.stringMatching(/^chan_/), seconds: expect.any(Number) }
    expect(await ofTask(id)).toEqual(
      [
        { ...about, msg: 'task accepted', channel: 'main', channelId: at.channelId, queued: false },
        { ...about, ...at, msg: 'task submitted' },
        { ...about, ...at, msg: 'task completed', attempts: 1, cost: '0.25 USD' }
      ].map(line => expect.objectContaining(line))
    )
  })

  test("a failure: its kind, the vendor's words without those of the request, and how serious it is", async () => {
    vendor.onPoll = () => 'failed'
    vendor.reason = 'Trouble with "An old LIGHTHOUSE in the storm" for Bearer abcdefgh12345678'
    const id = await server.newVideo({ prompt: 'an old lighthouse in the storm' })
    await server.finished(id)
    const [, , ended] = await ofTask(id)
    expect(ended).toMatchObject({ level: 40, msg: 'task failed', attempts: 1, kind: expect.any(String) })
    expect(ended!.words).toBe('Trouble with "…" for Bearer …')
  })

  test('a refusal that was the answer to the POST is a line as well; what the client did wrong is no warning', async () => {
    vendor.onSubmit = () => ({ status: 400, body: { code: 1201, message: 'The size is wrong.' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    await server.services.journal.done()
    expect(lines.filter(({ msg }) => msg === 'task failed')).toMatchObject([
      { level: 30, error: 'invalid_request', kind: 'invalid_request', words: 'The size is wrong.', key: 'ADMIN_KEY' }
    ])
  })

  test('a channel that changes its state, by its name and with the reason', async () => {
    vendor.onSubmit = () => ({ status: 429, body: { code: 1303, message: 'Too many.' } })
    const id = await server.newVideo()
    vendor.onSubmit = () => 'accept'
    await server.finished(id)
    const ofChannel = () => lines.filter(({ msg }) => msg.startsWith('channel '))
    expect(ofChannel()).toMatchObject([
      { level: 40, msg: 'channel cooling down', channel: 'main', kind: expect.any(String) },
      { level: 30, msg: 'channel recovered', channel: 'main' }
    ])
    vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'Wrong key.' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    expect(ofChannel().at(-1)).toMatchObject({
      level: 50,
      msg: 'channel disabled: credential rejected',
      channel: 'main',
      kind: 'auth'
    })
  })

  test('an answer that is the fault of others is a warning without a stack', async () => {
    vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'Wrong key.' } })
    expect((await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })).status).toBe(502)
    expect((await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })).status).toBe(503)
    const failed = lines.filter(({ msg }) => msg === 'request failed')
    expect(failed).toMatchObject([
      { level: 40, code: 'upstream_error', reason: expect.stringMatching(/^auth/) },
      { level: 40, code: 'no_channel_available' }
    ])
    expect(JSON.stringify(failed)).not.toContain('    at ')
  })
})
