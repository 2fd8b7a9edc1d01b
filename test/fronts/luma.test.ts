import LumaAI from 'lumaai'
import { expect, test } from 'vitest'
import { frontWorld } from './world.ts'

/* Luma's own client at our /dream-machine/v1. */

const world = frontWorld(['ray-2'])
const { vendor, server } = world

const client = async (authToken?: string) =>
  new LumaAI({
    authToken: authToken ?? (await server.memberKey()),
    baseURL: `${server.url}/dream-machine/v1`,
    maxRetries: 0,
    fetch: world.fetch as never
  })

const asked = { model: 'ray-2', prompt: 'a cat' } as const

test('a generation is created, polled, listed and deleted', async () => {
  const { generations } = await client()
  const frame = (name: string) => ({ type: 'image' as const, url: `https://example.com/${name}.png` })
  const made = await generations.create({
    ...asked,
    duration: '5s',
    loop: false,
    keyframes: { frame0: frame('a'), frame1: frame('b') }
  })
  expect(made).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{8}-/), generation_type: 'video', assets: null })
  expect(world.submitted()).toMatchObject({
    duration: '5',
    image: frame('a').url,
    image_tail: frame('b').url
  })
  let { state, assets } = made
  while (state === 'queued' || state === 'dreaming') ({ state, assets } = await generations.get(made.id!))
  expect(state).toBe('completed')
  expect(await world.play(assets!.video!)).toEqual(vendor.video)
  const other = await generations.video.create({ ...asked, aspect_ratio: '9:16' })
  expect(world.submitted()).toMatchObject({ aspect_ratio: '9:16' })
  const page = await generations.list({ limit: 1, offset: 1 })
  expect(page).toMatchObject({ generations: [{ id: made.id }], has_more: false, limit: 1, offset: 1 })
  expect(await generations.list({ limit: 1 })).toMatchObject({ generations: [{ id: other.id }], has_more: true })
  await generations.delete(made.id!)
  await expect(generations.get(made.id!)).rejects.toBeInstanceOf(LumaAI.NotFoundError)
})

test('errors are its own: of a refusal by its status, of a failure the reason', async () => {
  const { generations } = await client()
  await expect((await client('sk-wrong')).generations.list()).rejects.toBeInstanceOf(LumaAI.AuthenticationError)
  for (const [fields, message] of [
    [{ loop: true }, 'loop: is not supported here'],
    [{ concepts: [{ key: 'dolly_zoom' }] }, 'concepts: are not supported here'],
    [{ keyframes: { frame1: { type: 'generation', id: 'x' } } }, 'keyframes.frame1: only frame0 can be a generation'],
    [{ keyframes: { frame1: { type: 'image', url: 'ftp://x' } } }, 'keyframes.frame1.url: must be a URL'],
    [{ callback_url: 'ftp://x' }, 'callback_url: ']
  ] as [Partial<LumaAI.GenerationCreateParams>, string][]) {
    const refused = generations.create({ ...asked, ...fields })
    await expect(refused).rejects.toBeInstanceOf(LumaAI.BadRequestError)
    await expect(refused).rejects.toMatchObject({ error: { detail: expect.stringContaining(message) } })
  }
  const { id } = await generations.create(asked)
  await world.failing(() => server.finished(`video_${id!.replaceAll('-', '')}`), 'risk control')
  expect(await generations.get(id!)).toMatchObject({
    state: 'failed',
    failure_reason: expect.stringMatching(/risk control.* \(content policy\)/)
  })
})
