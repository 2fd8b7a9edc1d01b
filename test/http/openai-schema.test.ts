import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* OpenAI's published schema of a video: typed clients (Ruby, Java, Go) throw at anything else. */

const schema = z.fromJSONSchema(
  // true because zod refuses what is no schema
  JSON.parse(readFileSync(new URL('openai-video.schema.json', import.meta.url), 'utf8')) as Parameters<
    typeof z.fromJSONSchema
  >[0]
)

describe('every video is one of OpenAI’s schema', () => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() =>
    startTestServer({ channel: vendor.channel({ models: { 'kling-v1': 'kling-v1', own: 'unheard-of' } }) })
  )

  const isVideo = (body: unknown) => expect(schema.safeParse(body).error?.issues).toBeUndefined()

  test.each([
    ['nothing but a prompt', {}, { seconds: '5', size: '1280x720' }],
    ['a length and a size', { seconds: '8', size: '720x1280' }, { seconds: '10', size: '720x1280' }],
    ['a ratio', { metadata: { aspect_ratio: '1:1' } }, { seconds: '5', size: '960x960' }],
    ['a resolution', { metadata: { resolution: '1080p' } }, { seconds: '5', size: '1920x1080' }],
    ['a model of which nothing is known', { model: 'own' }, { seconds: '', size: expect.any(String) }]
  ])('asked with %s', async (_what, more, told) => {
    const { body } = await server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: 'a cat', ...more })
    isVideo(body)
    expect(body).toMatchObject(told)
    isVideo(await server.finished(body.id))
  })

  test('failed, cancelled, and in a list', async () => {
    vendor.onPoll = () => 'failed'
    const make = async () =>
      (await server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: 'a cat' })).body.id as string
    const failed = await server.finished(await make())
    expect(failed.status).toBe('failed')
    isVideo(failed)
    isVideo((await server.call('POST', `/openai/v1/videos/${await make()}/cancel`)).body)
    const { data } = (await server.call('GET', '/openai/v1/videos')).body
    expect(data.length).toBeGreaterThan(3)
    data.forEach(isVideo)
  })

  test('the schema refuses what it should', () => {
    expect(schema.safeParse({ object: 'video', seconds: null }).success).toBe(false)
  })
})
