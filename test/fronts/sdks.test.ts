import { createAlibaba } from '@ai-sdk/alibaba'
import { createByteDance } from '@ai-sdk/bytedance'
import { experimental_generateVideo as generateVideo } from 'ai'
import { describe, expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Providers of `ai` for the wires of Ark and DashScope. Each makes a video that plays, and throws an error of its own class. */

const world = frontWorld(['seedance', 'wan2.5-t2v-preview'])
const { vendor, server } = world

describe('providers of ai', () => {
  const providers = {
    bytedance: (apiKey: string) =>
      createByteDance({ apiKey, baseURL: `${server.url}/api/v3`, fetch: world.fetch }).video('seedance'),
    alibaba: (apiKey: string) =>
      createAlibaba({ apiKey, videoBaseURL: server.url, fetch: world.fetch }).video('wan2.5-t2v-preview')
  }
  const names = Object.keys(providers) as (keyof typeof providers)[]

  const make = async (name: keyof typeof providers, more: object = {}, key?: string) => {
    const apiKey = key ?? (await server.memberKey())
    return generateVideo({
      model: providers[name](apiKey),
      prompt: 'a cat',
      duration: 5,
      maxRetries: 0,
      poll: { intervalMs: 1 },
      download: async ({ url }) => {
        return { data: new Uint8Array(await world.play(url.href)), mediaType: 'video/mp4' }
      },
      ...more
    })
  }

  test.each(names)('%s makes a video', async name => {
    const { video } = await make(name)
    expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
    expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5' })
  })

  test('bytedance makes a video from a picture', async () => {
    await make('bytedance', { prompt: { text: 'it moves', image: pixel } })
    expect(world.submitted()).toMatchObject({ prompt: 'it moves', image: pixel.toString('base64') })
  })

  test.each(names)('%s throws what failed', async name => {
    // bytedance's provider reads no reason
    const reason = name === 'bytedance' ? /"status":"failed"/ : /the style is unknown/
    await expect(world.failing(() => make(name), 'the style is unknown')).rejects.toThrow(reason)
    await expect(make(name, {}, 'sk-wrong')).rejects.toMatchObject({ name: 'AI_APICallError', statusCode: 401 })
  })
})
