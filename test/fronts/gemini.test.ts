import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGoogle } from '@ai-sdk/google'
import { GoogleGenAI } from '@google/genai'
import { experimental_generateVideo as generateVideo } from 'ai'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Google's own client and the AI SDK's at our /v1beta. The server has an https address, which the client reads differently. */

const address = 'https://reelay.example'
const world = frontWorld(['veo-3.1-generate-preview', 'google/veo'], { PUBLIC_URL: address })
const { vendor, server } = world
const here = (url: string | URL | Request) => String(url).replace(address, server.url)

const google = async (apiKey?: string) =>
  new GoogleGenAI({ apiKey: apiKey ?? (await server.memberKey()), httpOptions: { baseUrl: server.url } })

const model = async (name: string, apiKey?: string) =>
  createGoogle({
    apiKey: apiKey ?? (await server.memberKey()),
    baseURL: `${address}/v1beta`,
    fetch: (url, init) => world.fetch(here(url), init)
  }).video(name)

test('@google/genai generates, polls and downloads', async () => {
  const ai = await google()
  const imageBytes = pixel.toString('base64')
  let operation = await ai.models.generateVideos({
    model: 'veo-3.1-generate-preview',
    source: { prompt: 'a cat', image: { imageBytes, mimeType: 'image/png' } },
    config: {
      numberOfVideos: 2,
      durationSeconds: 5,
      aspectRatio: '9:16',
      negativePrompt: 'blur',
      lastFrame: { imageBytes, mimeType: 'image/png' }
    }
  })
  expect(operation.name).toMatch(/^models\/veo-3\.1-generate-preview\/operations\/[0-9a-f]{32}$/)
  for (; !operation.done; operation = await ai.operations.getVideosOperation({ operation })) await server.advance(5000)
  expect(world.submitted()).toMatchObject({
    prompt: 'a cat',
    duration: '5',
    negative_prompt: 'blur',
    image: imageBytes,
    image_tail: imageBytes
  })
  const { generatedVideos = [] } = operation.response!
  expect(generatedVideos).toHaveLength(2)
  const folder = await mkdtemp(join(tmpdir(), 'gemini-'))
  for (const [number, file] of generatedVideos.entries()) {
    const downloadPath = join(folder, `${number}.mp4`)
    await ai.files.download({ file, downloadPath })
    expect(await readFile(downloadPath)).toEqual(vendor.video)
  }
  await rm(folder, { recursive: true })
})

test('@google/genai downloads over plain HTTP, too', async () => {
  const key = await server.memberKey()
  const id = await server.newVideo({ model: 'veo-3.1-generate-preview' }, { key })
  await server.finished(id, key)
  const ai = await google(key)
  const uri = `${server.url}/v1beta/files/${id.replace('video_', '')}:download?alt=media`
  const folder = await mkdtemp(join(tmpdir(), 'gemini-'))
  const downloadPath = join(folder, 'video.mp4')
  await ai.files.download({ file: { video: { uri } }, downloadPath })
  expect(await readFile(downloadPath)).toEqual(vendor.video)
  await rm(folder, { recursive: true })
})

test('@ai-sdk/google with ai makes a video and fetches it with the key behind its link', async () => {
  const { video } = await generateVideo({
    model: await model('google/veo'),
    prompt: 'a cat',
    duration: 5,
    poll: { intervalMs: 1 },
    download: async ({ url }) => ({ data: new Uint8Array(await world.play(here(url))), mediaType: 'video/mp4' })
  })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
})

test('images as Google’s documents have them, references with their kind', async () => {
  const data = pixel.toString('base64')
  const image = { inlineData: { mimeType: 'image/png', data } }
  const ask = (instance: object) =>
    server.call('POST', '/v1beta/models/kling-v1:predictLongRunning', { instances: [{ prompt: 'a cat', ...instance }] })
  expect((await ask({ image })).status).toBe(200)
  expect(world.submitted()).toMatchObject({ image: data })
  const refused = await ask({ referenceImages: [{ image, referenceType: 'STYLE' }] })
  expect(refused).toMatchObject({
    status: 400,
    body: {
      error: {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: expect.stringContaining('only asset is supported'),
        details: expect.arrayContaining([expect.objectContaining({ fieldViolations: [expect.any(Object)] })])
      }
    }
  })
})

test('errors are its own: a refusal is thrown, a failure ends the operation', async () => {
  const ai = await google()
  const ask = (name: string, by = ai) => by.models.generateVideos({ model: name, source: { prompt: 'a cat' } })
  await expect(ask('nothing')).rejects.toMatchObject({
    name: 'ApiError',
    status: 404,
    message: expect.stringContaining('NOT_FOUND')
  })
  await expect(ask('kling-v1', await google('sk-wrong'))).rejects.toMatchObject({ status: 401 })
  let operation = await ask('kling-v1')
  await world.failing(() => server.finished(operation.name!.replace(/.*\//, 'video_')), 'risk control')
  operation = await ai.operations.getVideosOperation({ operation })
  expect(operation).toMatchObject({ done: true, error: { code: 3, message: expect.stringContaining('risk control') } })
  const failed = generateVideo({ model: await model('kling-v1'), prompt: 'a cat', poll: { intervalMs: 1 } })
  await expect(world.failing(() => failed, 'risk control')).rejects.toThrow(/Video generation failed: .*risk control/)
  expect(await server.call('POST', '/v1beta/models/kling-v1:generateContent', {})).toMatchObject({
    status: 404,
    body: { error: { status: 'NOT_FOUND' } }
  })
})
