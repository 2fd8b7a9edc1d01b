import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* The exchange with vendors as operators see it (G7): masked when written, images left out, kept by EXCHANGE_LOG. */

const CREDENTIAL = 'fake-credential-canary'
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.each(kinds)('%s', kind => {
  const vendor = forEachTest(() => startFakeCloudsway())

  async function withServer(mode: string, work: (server: TestServer) => Promise<void>) {
    const server = await startTestServer({ kind, channel: vendor.channel(), env: { EXCHANGE_LOG: mode } })
    try {
      await work(server)
    } finally {
      await server.close()
    }
  }

  /** The entries of a task, once those that are written late are there. */
  async function entriesOf(server: TestServer, id: string, count: number): Promise<any[]> {
    let data: any[] = []
    await expect
      .poll(async () => (data = (await server.call('GET', `/admin/tasks/${id}/exchanges`)).body.data).length)
      .toBe(count)
    return data
  }

  test('a refusal is kept, without the credential and the image', async () => {
    await withServer('errors', async server => {
      vendor.onSubmit = () => ({
        status: 400,
        body: { code: 1301, message: `no: ${CREDENTIAL}`, echo: 'https://files.test/a.mp4?signature=abcdef' }
      })
      await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a refused cat', image: PNG.repeat(20) })
      const [{ id }] = (await server.call('GET', '/admin/tasks?state=refused')).body.data
      const [entry] = await entriesOf(server, id, 1)
      expect(entry).toMatchObject({
        attempt: expect.stringMatching(/^att_/),
        step: 'submit',
        at_ms: expect.any(Number),
        ms: expect.any(Number),
        request: {
          method: 'POST',
          url: expect.stringMatching(/^http.*image2video$/),
          body: { prompt: 'a refused cat' }
        },
        response: { status: 400, body: { code: 1301, echo: 'https://files.test/a.mp4?…' } },
        error: null,
        truncated: false
      })
      const text = JSON.stringify(entry)
      expect(text).not.toContain(CREDENTIAL)
      expect(text).not.toContain(PNG)
    })
  })

  test('of a failed task the submit and the last poll are kept, of a succeeded one nothing', async () => {
    await withServer('errors', async server => {
      vendor.onPoll = ({ polls, body }) =>
        polls < 3 ? 'processing' : String(body.prompt).includes('fails') ? 'failed' : 'succeed'
      const failed = await server.newVideo({ prompt: 'a cat fails' })
      await server.finished(failed)
      const entries = await entriesOf(server, failed, 2)
      expect(entries.map(({ step, count }) => [step, count])).toEqual([
        ['submit', 1],
        ['poll', 3]
      ])
      expect(entries[1].response.body.data.task_status).toBe('failed')
      const { timeline } = await server.inspect(failed)
      expect(timeline).toContainEqual(expect.objectContaining({ kind: 'poll', count: 3 }))
      const fine = await server.newVideo({ prompt: 'a cat' })
      await server.finished(fine)
      await entriesOf(server, fine, 0)
    })
  })

  test('all keeps both of every task, off nothing', async () => {
    await withServer('all', async server => {
      const id = await server.newVideo({ prompt: 'a cat' })
      await server.finished(id)
      expect((await entriesOf(server, id, 2)).map(({ step }) => step)).toEqual(['submit', 'poll'])
    })
    await withServer('off', async server => {
      vendor.onPoll = () => 'failed'
      const id = await server.newVideo({ prompt: 'a cat' })
      await server.finished(id)
      await entriesOf(server, id, 0)
    })
  })
})
