import CherryOpenAI from '@cherrystudio/openai'
import { createLLMGateway } from '@llmgateway/ai-sdk-provider'
import { generateVideo, getVideoJobStatus } from '@tanstack/ai'
import { createOpenaiVideo } from '@tanstack/ai-openai'
import { experimental_generateVideo as generateVideoWithAiSdk } from 'ai'
import { describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'

/* Programs that are not OpenAI's SDK, at the base URL that README names for them. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() =>
  startTestServer({ channel: vendor.channel({ models: { 'sora-2': 'kling-v1', 'kling-v1': 'kling-v1' } }) })
)
const submitted = () => vendor.submits.at(-1)!.body
const base64 = pixel.toString('base64')

/** What a program is given: its base URL, a key of its own, and a fetch that lets time pass before each look at a task. */
const settings = async () => ({
  baseURL: `${server.url}/openai/v1`,
  apiKey: await server.memberKey(),
  fetch: async (...[input, init]: Parameters<typeof fetch>) => {
    if ((init?.method ?? 'GET') === 'GET') await server.advance(5000)
    return fetch(input, init)
  }
})

test('@cherrystudio/openai creates, waits and downloads', async () => {
  const { videos } = new CherryOpenAI(await settings())
  const made = await videos.create({ model: 'sora-2', prompt: 'a cat', seconds: '8', size: '1280x720' })
  let video = made
  while (video.status === 'queued' || video.status === 'in_progress') video = await videos.retrieve(made.id)
  expect([video.status, video.size]).toEqual(['completed', '1280x720'])
  const content = await videos.downloadContent(made.id)
  expect(Buffer.from(await content.arrayBuffer())).toEqual(vendor.video)
})

describe('@tanstack/ai-openai', () => {
  const adapter = async () => {
    const { apiKey, ...rest } = await settings()
    return createOpenaiVideo('sora-2', apiKey, rest)
  }

  test('makes a video from words, and finds its url', async () => {
    const video = await adapter()
    const { jobId } = await generateVideo({ adapter: video, prompt: 'a cat', size: '1280x720', duration: 8 })
    await server.finished(jobId)
    const done = await getVideoJobStatus({ adapter: video, jobId })
    expect(done).toMatchObject({ status: 'completed', url: expect.stringMatching(/^http/) })
    expect(Buffer.from(await (await fetch(done.url!)).arrayBuffer())).toEqual(vendor.video)
  })

  test('makes a video from a picture', async () => {
    const picture = { type: 'image', source: { type: 'data', value: base64, mimeType: 'image/png' } } as const
    await generateVideo({ adapter: await adapter(), prompt: [{ type: 'text', content: 'it moves' }, picture] })
    expect(submitted()).toMatchObject({ prompt: 'it moves', image: base64 })
  })
})

describe('@llmgateway/ai-sdk-provider with ai', () => {
  const make = async (more: Partial<Parameters<typeof generateVideoWithAiSdk>[0]>) =>
    generateVideoWithAiSdk({
      model: createLLMGateway(await settings()).video('kling-v1'),
      prompt: 'a cat',
      duration: 5,
      poll: { intervalMs: 1 },
      ...more
    })

  test('makes a video from words and downloads it', async () => {
    const { video } = await make({ resolution: '1280x720' })
    expect(video.mediaType).toBe('video/mp4')
    expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
  })

  test('makes a video from a picture', async () => {
    await make({ prompt: { text: 'it moves', image: pixel } })
    expect(submitted()).toMatchObject({ prompt: 'it moves', image: base64 })
  })

  test('makes a video from a first and a last frame', async () => {
    const last = 'https://example.com/last.png'
    await make({
      frameImages: [
        { image: pixel, frameType: 'first_frame' },
        { image: last, frameType: 'last_frame' }
      ]
    })
    expect(submitted()).toMatchObject({ image: base64, image_tail: last })
  })
})

describe.each(['/v1', '/openai/v1'])('n8n’s OpenAI node at %s', base => {
  /** What the node does to make a video, with its form, its words and its end. */
  async function generate(reference?: Blob) {
    const key = await server.memberKey()
    const headers = { authorization: `Bearer ${key}`, 'user-agent': 'n8n' }
    const form = new FormData()
    for (const [name, value] of Object.entries({ model: 'sora-2', prompt: 'a cat', seconds: '8', size: '1280x720' }))
      form.append(name, value)
    if (reference) form.append('input_reference', reference, 'data.png')
    const videos = `${server.url}${base}/videos`
    const ask = async (url: string, init?: RequestInit) =>
      (await fetch(url, { headers, ...init })).json() as Promise<any>
    let job = await ask(videos, { method: 'POST', body: form })
    while (job.status !== 'completed') {
      await server.advance(10_000)
      job = await ask(`${videos}/${job.id}`)
      if (job.error) throw new Error(job.error.message)
    }
    return fetch(`${videos}/${job.id}/content`, { headers })
  }

  test('makes a video from words', async () => {
    const content = await generate()
    expect(content.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await content.arrayBuffer())).toEqual(vendor.video)
  })

  test('makes a video from a picture', async () => {
    await generate(new Blob([pixel], { type: 'image/png' }))
    expect(submitted().image).toBe(base64)
  })
})
