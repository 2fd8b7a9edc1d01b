import { GoogleGenAI } from '@google/genai'
import { OpenRouter } from '@openrouter/sdk'
import RunwayML from '@runwayml/sdk'
import LumaAI from 'lumaai'
import { beforeAll, describe, expect, test } from 'vitest'
import { playableFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* Videos that are made of others, in the words of wires that name the other: by their own clients, and by our vendors as clients of a second server. */

const names = ['kling-v1', 'veo-3.1-generate-preview', 'ray-2', 'gen4_aleph', 'any/video']
const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'auto' } }))
const outer = forAllTests(() => startTestServer())
let key: string
let source: string

beforeAll(async () => {
  for (const name of names)
    await server.call('PUT', `/admin/models/${encodeURIComponent(name)}`, {
      candidates: [{ channel: 'chan_sandbox', upstream_model: 'kling-v1' }]
    })
  key = await server.memberKey()
  source = await server.newVideo({ model: 'kling-v1' }, { key })
  await server.finished(source, key)
})

const hex = (id: string) => id.replace('video_', '')
const ours = (id: string) => `video_${id.replaceAll('-', '').replace('video_', '')}`
const linkOf = async (id: string): Promise<string> =>
  (await server.call('GET', `/v1/videos/${id}`, undefined, { key })).body.url
const reworkOf = async (id: string) => (await server.inspect(ours(id))).request.source

describe('their clients', () => {
  const openrouter = () =>
    new OpenRouter({ apiKey: key, serverURL: `${server.url}/api/v1`, retryConfig: { strategy: 'none' } })
  const runway = () => new RunwayML({ apiKey: key, baseURL: server.url, maxRetries: 0 })
  const luma = () => new LumaAI({ authToken: key, baseURL: `${server.url}/dream-machine/v1`, maxRetries: 0 })
  const google = () => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: server.url } })

  test('@openrouter/sdk: previousJobId is continued with a duration, edited without; another key’s is not found', async () => {
    const ask = (previousJobId: string, duration?: number) =>
      openrouter().videoGeneration.generate({
        videoGenerationRequest: { model: 'kling-v1', prompt: 'it goes on', previousJobId, duration }
      })
    const { id } = await ask(source, 5)
    expect(await reworkOf(id)).toEqual({ rework: 'extend', id: source })
    expect(await server.finished(id, key)).toMatchObject({ seconds: '10', remixed_from_video_id: source })
    expect(await reworkOf((await ask(source)).id)).toEqual({ rework: 'edit', id: source })
    const other = await server.memberKey()
    const strange = await server.newVideo({ model: 'kling-v1' }, { key: other })
    await server.finished(strange, other)
    await expect(ask(strange)).rejects.toMatchObject({ statusCode: 404 })
  })

  test('@runwayml/sdk: videoUri is edited, a link of ours by its id, any other as it is', async () => {
    const ask = (videoUri: string) =>
      runway().videoToVideo.create({ model: 'gen4_aleph' as 'aleph2', promptText: 'at night', videoUri })
    const { id } = await ask(await linkOf(source))
    expect(await reworkOf(id)).toEqual({ rework: 'edit', id: source })
    expect((await server.finished(ours(id), key)).remixed_from_video_id).toBe(source)
    const elsewhere = await ask('https://example.com/video.mp4')
    expect(await reworkOf(elsewhere.id)).toEqual({ rework: 'edit', url: 'https://example.com/video.mp4' })
    await expect(ask('ftp://example.com')).rejects.toThrow(/videoUri: must be an http\(s\) URL/)
  })

  test('lumaai: a generation in frame0 is continued; modify edits', async () => {
    const { generations } = luma()
    const keyframes = { frame0: { type: 'generation' as const, id: hex(source) } }
    const { id } = await generations.create({ model: 'ray-2', prompt: 'it goes on', keyframes })
    expect(await reworkOf(id!)).toEqual({ rework: 'extend', id: source })
    const edited = await generations.video
      .modify({
        generation_type: 'modify_video',
        model: 'ray-2',
        prompt: 'at night',
        mode: 'adhere_1',
        media: { url: await linkOf(source) }
      })
      .withResponse()
    expect(await reworkOf(edited.data.id!)).toEqual({ rework: 'edit', id: source })
    expect(edited.response.headers.get('x-reelay-warnings')).toContain('mode: ')
    const nobody = generations.create({
      model: 'ray-2',
      prompt: 'x',
      keyframes: { frame0: { type: 'generation', id: 'nothing' } }
    })
    await expect(nobody).rejects.toMatchObject({ status: 404 })
  })

  test('@google/genai: a video that it was given is continued, and so are bytes', async () => {
    const { models, operations } = google()
    const ask = (video: object) =>
      models.generateVideos({ model: 'veo-3.1-generate-preview', source: { prompt: 'it goes on', video } })
    let operation = await models.generateVideos({ model: 'veo-3.1-generate-preview', source: { prompt: 'a boat' } })
    const first = ours(operation.name!.replace(/.*\//, ''))
    await server.finished(first, key)
    operation = await operations.getVideosOperation({ operation })
    const extended = await ask(operation.response!.generatedVideos![0]!.video!)
    expect(await reworkOf(extended.name!.replace(/.*\//, ''))).toEqual({ rework: 'extend', id: first })
    const videoBytes = playableFilm(1).toString('base64')
    const uploaded = await ask({ videoBytes, mimeType: 'video/mp4' })
    expect(await reworkOf(uploaded.name!.replace(/.*\//, ''))).toEqual({
      rework: 'extend',
      url: { omitted: expect.objectContaining({ bytes: expect.any(Number) }) }
    })
    await expect(ask({ uri: 'gs://bucket/video.mp4' })).rejects.toThrow(/instances.0.video/)
  })
})

/** Lets time pass on both until a video of the outer server has ended. */
async function ended(id: string) {
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await outer.call('GET', `/openai/v1/videos/${id}`)
    if (body.status === 'completed' || body.status === 'failed') return body
    await server.advance(6000)
    await outer.advance(6000)
  }
  throw new Error(`${id} did not end: ${JSON.stringify(await outer.inspect(id))}`)
}

describe.each([
  ['openrouter', '/api/v1', 'any/video', 'extensions'],
  ['openrouter', '/api/v1', 'any/video', 'edits'],
  ['gemini', '/v1beta', 'veo-3.1-generate-preview', 'extensions'],
  ['luma-legacy', '/dream-machine/v1', 'ray-2', 'extensions'],
  ['kling', '', 'kling-v1', 'extensions'],
  ['cloudsway', '', 'kling-v1', 'extensions', { endpoint_path: 'EP' }]
] as [string, string, string, string, object?][])('our %s at %s', (vendor, base, upstream, operation, options = {}) => {
  test(`makes ${operation} of what it made`, async () => {
    const model = `${vendor}-${operation}`
    const apiKey = await server.memberKey()
    await outer.newChannel({
      name: model,
      vendor,
      base_url: server.url + base,
      credential: apiKey,
      options,
      models: { [model]: upstream }
    })
    const made = (await outer.call('POST', '/openai/v1/videos', { model, prompt: 'a paper boat' })).body
    expect((await ended(made.id)).status).toBe('completed')
    const { body } = await outer.call('POST', `/openai/v1/videos/${operation}`, {
      model,
      prompt: 'it goes on',
      video: { id: made.id },
      ...(operation === 'extensions' && { seconds: '5' })
    })
    expect(body).toMatchObject({ status: expect.any(String), remixed_from_video_id: made.id })
    const video = await ended(body.id)
    const { data } = (await server.call('GET', '/openai/v1/videos', undefined, { key: apiKey })).body
    const [reworked, original] = data
    expect(reworked).toMatchObject({ status: 'completed', prompt: 'it goes on', remixed_from_video_id: original.id })
    expect(await reworkOf(reworked.id)).toEqual({
      rework: operation === 'edits' ? 'edit' : 'extend',
      id: original.id
    })
    expect(video).toMatchObject({ status: 'completed', error: null })
    const film = async (response: Promise<Response>) => Buffer.from(await (await response).arrayBuffer())
    expect(await film(outer.content(video.id))).toEqual(await film(server.content(reworked.id, { key: apiKey })))
  })
})
