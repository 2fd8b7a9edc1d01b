import { createAlibaba } from '@ai-sdk/alibaba'
import { createByteDance } from '@ai-sdk/bytedance'
import { createGoogle } from '@ai-sdk/google'
import { createXai } from '@ai-sdk/xai'
import { GoogleGenAI } from '@google/genai'
import RunwayML from '@runwayml/sdk'
import { experimental_generateVideo as generateVideo } from 'ai'
import LumaAI from 'lumaai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* The SDKs of vendors, and the providers of `ai` for their wires. Each makes a video that plays, and throws an error of its own class. */

const world = frontWorld(['veo-3.1', 'grok-imagine-video', 'gen4_turbo', 'ray-2', 'seedance', 'wan2.5-t2v-preview'])
const { vendor, server } = world
const image = `data:image/png;base64,${pixel.toString('base64')}`

describe('providers of ai', () => {
  const providers = {
    xai: (apiKey: string) =>
      createXai({ apiKey, baseURL: `${server.url}/v1`, fetch: world.fetch }).video('grok-imagine-video'),
    google: (apiKey: string) =>
      createGoogle({ apiKey, baseURL: `${server.url}/v1beta`, fetch: world.fetch }).video('veo-3.1'),
    bytedance: (apiKey: string) =>
      createByteDance({ apiKey, baseURL: `${server.url}/api/v3`, fetch: world.fetch }).video('seedance'),
    alibaba: (apiKey: string) =>
      createAlibaba({ apiKey, videoBaseURL: server.url, fetch: world.fetch }).video('wan2.5-t2v-preview')
  }
  const names = Object.keys(providers) as (keyof typeof providers)[]

  const make = async (name: keyof typeof providers, more: object = {}, key?: string) => {
    const apiKey = key ?? (await server.memberKey())
    const headers = { 'x-goog-api-key': apiKey }
    return generateVideo({
      model: providers[name](apiKey),
      prompt: 'a cat',
      duration: 5,
      maxRetries: 0,
      poll: { intervalMs: 1 },
      download: async ({ url }) => {
        const answer = await fetch(url, { headers })
        return { data: new Uint8Array(await answer.arrayBuffer()), mediaType: 'video/mp4' }
      },
      ...more
    })
  }

  test.each(names)('%s makes a video', async name => {
    const { video } = await make(name)
    expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
    expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5' })
  })

  test.each(['xai', 'google', 'bytedance'] as const)('%s makes a video from a picture', async name => {
    await make(name, { prompt: { text: 'it moves', image: pixel } })
    expect(world.submitted()).toMatchObject({ prompt: 'it moves', image: pixel.toString('base64') })
  })

  test.each(names)('%s throws what failed', async name => {
    // bytedance's provider reads no reason
    const reason = name === 'bytedance' ? /"status":"failed"/ : /the style is unknown/
    await expect(world.failing(() => make(name), 'the style is unknown')).rejects.toThrow(reason)
    await expect(make(name, {}, 'sk-wrong')).rejects.toMatchObject({ name: 'AI_APICallError', statusCode: 401 })
  })
})

describe('@google/genai', () => {
  const client = async (apiKey?: string) =>
    new GoogleGenAI({ apiKey: apiKey ?? (await server.memberKey()), httpOptions: { baseUrl: server.url } })

  test('generates, polls and downloads', async () => {
    const ai = await client()
    let operation = await ai.models.generateVideos({
      model: 'veo-3.1',
      prompt: 'a cat',
      image: { imageBytes: pixel.toString('base64'), mimeType: 'image/png' },
      config: { durationSeconds: 5, numberOfVideos: 1, aspectRatio: '16:9' }
    })
    while (!operation.done) {
      await server.advance(5000)
      operation = await ai.operations.getVideosOperation({ operation })
    }
    const folder = makeFolder('genai')
    const downloadPath = join(folder.path, 'video.mp4')
    await ai.files.download({ file: operation.response!.generatedVideos![0]!, downloadPath })
    await expect.poll(() => readFileSync(downloadPath).length, { timeout: 5000 }).toBe(vendor.video.length)
    folder.close()
    expect(world.submitted()).toMatchObject({ image: pixel.toString('base64') })
  })

  test('throws its ApiError, and has the error of a failed operation', async () => {
    const ai = await client()
    const asked = { model: 'veo-3.1', prompt: 'a cat' }
    await expect(ai.models.generateVideos({ ...asked, model: 'nothing' })).rejects.toMatchObject({
      name: 'ApiError',
      status: 404
    })
    await expect((await client('sk-wrong')).models.generateVideos(asked)).rejects.toMatchObject({ status: 401 })
    let operation = await ai.models.generateVideos(asked)
    await world.failing(() => server.finished(`video_${operation.name!.split('/').at(-1)}`), 'out of luck')
    operation = await ai.operations.getVideosOperation({ operation })
    expect(operation).toMatchObject({ done: true, error: { message: expect.stringContaining('out of luck') } })
  })
})

describe('@runwayml/sdk', () => {
  const client = async (apiKey?: string) =>
    new RunwayML({
      apiKey: apiKey ?? (await server.memberKey()),
      baseURL: server.url,
      maxRetries: 0,
      fetch: world.fetch as never
    })

  test('makes a video of two frames, and waits for it', async () => {
    const { imageToVideo, tasks } = await client()
    const { id } = await imageToVideo.create({
      model: 'gen4_turbo',
      promptText: 'it moves',
      promptImage: [
        { uri: image, position: 'first' },
        { uri: image, position: 'last' }
      ],
      ratio: '1280:720',
      duration: 5
    } as never)
    let task = await tasks.retrieve(id)
    while (task.status === 'PENDING' || task.status === 'RUNNING') task = await tasks.retrieve(id)
    if (task.status !== 'SUCCEEDED') throw new Error(task.status)
    expect(await world.play(task.output[0]!)).toEqual(vendor.video)
    expect(world.submitted()).toMatchObject({ image: pixel.toString('base64'), image_tail: pixel.toString('base64') })
    await tasks.delete(id)
    await expect(tasks.retrieve(id)).rejects.toBeInstanceOf(RunwayML.NotFoundError)
  })

  test('throws its own errors', async () => {
    const asked = { model: 'gen4_turbo', promptText: 'x', promptImage: image, ratio: '1280:720', duration: 5 } as never
    await expect((await client('sk-wrong')).imageToVideo.create(asked)).rejects.toBeInstanceOf(
      RunwayML.AuthenticationError
    )
    const { imageToVideo, tasks } = await client()
    await expect(imageToVideo.create({ ...(asked as object), promptText: '' } as never)).rejects.toBeInstanceOf(
      RunwayML.BadRequestError
    )
    const made = await imageToVideo.create(asked)
    await world.failing(() => server.finished(`video_${made.id.replaceAll('-', '')}`), 'risk control')
    expect(await tasks.retrieve(made.id)).toMatchObject({
      status: 'FAILED',
      failureCode: 'INPUT_PREPROCESSING.SAFETY.TEXT'
    })
  })
})

describe('lumaai', () => {
  const client = async (authToken?: string) =>
    new LumaAI({
      authToken: authToken ?? (await server.memberKey()),
      baseURL: `${server.url}/dream-machine/v1`,
      maxRetries: 0,
      fetch: world.fetch as never
    })

  test('makes, lists and deletes a generation', async () => {
    const { generations } = await client()
    const made = await generations.create({
      model: 'ray-2',
      prompt: 'a cat',
      duration: '5s',
      keyframes: { frame0: { type: 'image', url: 'https://example.com/a.png' } }
    })
    let { state, assets } = made
    while (state !== 'completed') ({ state, assets } = await generations.get(made.id!))
    expect(await world.play(assets!.video!)).toEqual(vendor.video)
    expect(world.submitted()).toMatchObject({ image: 'https://example.com/a.png', duration: '5' })
    expect(await generations.list()).toMatchObject({ generations: [{ id: made.id }] })
    await generations.delete(made.id!)
    await expect(generations.get(made.id!)).rejects.toBeInstanceOf(LumaAI.NotFoundError)
  })

  test('throws its own errors', async () => {
    await expect((await client('sk-wrong')).generations.list()).rejects.toBeInstanceOf(LumaAI.AuthenticationError)
    const { generations } = await client()
    const asked = { model: 'ray-2', prompt: 'a cat' } as const
    await expect(generations.create({ ...asked, loop: true })).rejects.toThrow(/loop/)
    const { id } = await generations.create(asked)
    await world.failing(() => server.finished(`video_${id!.replaceAll('-', '')}`), 'risk control')
    expect(await generations.get(id!)).toMatchObject({
      state: 'failed',
      failure_reason: expect.stringContaining('risk control')
    })
  })
})
