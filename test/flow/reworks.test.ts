import OpenAI, { toFile } from 'openai'
import { createXai } from '@ai-sdk/xai'
import { experimental_generateVideo as generateVideo } from 'ai'
import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { json, startFakeOpenai, type Call } from '../support/fake-openai.ts'
import { playableFilm } from '../support/film.ts'
import { readMp4 } from '../sandbox/read-mp4.ts'
import { checkMoneyAfterEach } from '../support/money.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* Videos that are made of others: edits, extensions and remixes, from OpenAI's client and xAI's to what their vendors are sent. */

const clientOf = (server: TestServer, apiKey: string) =>
  new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })

/** Answers of a vendor whose videos are done at once, 4 seconds long. */
function finishes(vendor: Awaited<ReturnType<typeof startFakeOpenai>>) {
  vendor.onPoll = ({ path }) =>
    json({ id: path.split('/').at(-1), status: 'completed', seconds: '4', size: '1280x720' })
}

describe.each(kinds)('an OpenAI-compatible vendor, on %s', kind => {
  const vendor = forAllTests(async () => {
    const fake = await startFakeOpenai()
    finishes(fake)
    return fake
  })
  const channel = () => vendor.channel({ base_url: vendor.url, models: { 'sora-2': 'sora-2', other: 'other' } })
  const server = forAllTests(() => startTestServer({ kind, channel: channel() }))
  checkMoneyAfterEach(() => server.services.database)

  const sent = () => {
    const { path, body } = vendor.submits.at(-1)!
    return { path, body: body.startsWith('{') ? (JSON.parse(body) as unknown) : body }
  }

  async function sourceOf(key: string) {
    const client = clientOf(server, key)
    const { id } = await client.videos.create({ model: 'sora-2', prompt: 'a boat', seconds: '4' })
    await server.finished(id, key)
    const { attempts } = await server.inspect(id)
    return { client, id, upstreamId: attempts[0].upstream_id as string }
  }

  test('remix, edit and extend by id reach the vendor under its own id, and say what they come from', async () => {
    const key = await server.memberKey({ budget: { amount: '10', currency: 'USD', window: 'total' } })
    await server.call('PATCH', '/admin/models/sora-2', { prices: [{ unit: 'second', amount: '0.1', currency: 'USD' }] })
    const { client, id, upstreamId } = await sourceOf(key)

    const remix = await client.videos.remix(id, { prompt: 'at night' })
    expect(sent()).toEqual({ path: `/v1/videos/${upstreamId}/remix`, body: { prompt: 'at night' } })
    expect(remix).toMatchObject({ model: 'sora-2', seconds: '4', size: '1280x720', remixed_from_video_id: id })
    expect(remix.id).not.toBe(id)

    const edit = await client.videos.edit({ prompt: 'a red sail', video: { id } })
    expect(sent()).toEqual({ path: '/v1/videos/edits', body: { prompt: 'a red sail', video: { id: upstreamId } } })
    expect(edit).toMatchObject({ seconds: '4', remixed_from_video_id: id })

    const extension = await client.videos.extend({ prompt: 'it sails on', seconds: '8', video: { id } })
    expect(sent()).toEqual({
      path: '/v1/videos/extensions',
      body: { prompt: 'it sails on', seconds: '8', video: { id: upstreamId } }
    })
    // the whole film is shown, what is added is held
    expect(extension).toMatchObject({ seconds: '12', remixed_from_video_id: id })
    const { request, price } = await server.inspect(extension.id)
    expect(price).toMatchObject({ amount: '0.80' })
    expect(request).toMatchObject({ source: { rework: 'extend', id } })
    await server.finished(extension.id, key)
  })

  test('an upload is sent as it came; what is no video is refused', async () => {
    const key = await server.memberKey()
    const client = clientOf(server, key)
    const film = playableFilm(2)
    const video = await toFile(film, 'film.mp4')
    const edit = await client.videos.edit({ prompt: 'warmer', video, model: 'sora-2' } as Parameters<
      typeof client.videos.edit
    >[0])
    expect(edit).toMatchObject({ model: 'sora-2', remixed_from_video_id: null })
    expect(sent().path).toBe('/v1/videos/edits')
    expect(sent().body).toContain('video/mp4')
    const broken = client.videos.edit({ prompt: 'warmer', video: await toFile(Buffer.from('no film'), 'film.mp4') })
    await expect(broken).rejects.toMatchObject({ status: 400, param: 'video' })
  })

  test('what cannot be a source is refused before anything is made', async () => {
    const key = await server.memberKey()
    const { client, id } = await sourceOf(key)
    const stranger = clientOf(server, await server.memberKey())
    await expect(stranger.videos.remix(id, { prompt: 'x' })).rejects.toMatchObject({ status: 404, param: 'id' })
    await expect(stranger.videos.edit({ prompt: 'x', video: { id } })).rejects.toMatchObject({
      status: 404,
      code: 'video_not_found',
      param: 'video.id'
    })
    const asked = { prompt: 'x', model: 'other', video: { id } }
    const calls = [
      [{ prompt: 'x' }, 'video'],
      [{ ...asked }, 'model'],
      [{ prompt: 'x', video: { id }, seconds: '8' }, 'seconds'],
      [{ prompt: 'x', video: { id }, image: 'https://example.com/a.png' }, 'image']
    ] as const
    const before = vendor.submits.length
    for (const [body, param] of calls)
      expect(await server.call('POST', '/v1/videos/edits', body, { key })).toMatchObject({
        status: 400,
        body: { param }
      })
    vendor.onPoll = () => json({ status: 'in_progress' })
    const { id: running } = await client.videos.create({ model: 'sora-2', prompt: 'slow' })
    await expect(client.videos.remix(running, { prompt: 'x' })).rejects.toMatchObject({ code: 'video_not_ready' })
    finishes(vendor)
    expect(vendor.submits.length).toBe(before + 1)
  })

  test('a remix waits for the channel that has the video, although another one is free', async () => {
    const key = await server.memberKey()
    const client = clientOf(server, key)
    const narrow = { models: { both: 'sora-2' }, max_concurrency: 1, priority: 10 }
    const first = await server.newChannel({ ...channel(), ...narrow, name: 'has it' })
    await server.newChannel({ ...channel(), name: 'another', models: { both: 'sora-2' } })
    const create = () => client.videos.create({ model: 'both' as 'sora-2', prompt: 'a boat' })
    const { id } = await create()
    await server.finished(id, key)

    vendor.onPoll = () => json({ status: 'in_progress' })
    await create()
    const before = vendor.submits.length
    const remix = await client.videos.remix(id, { prompt: 'at night' })
    expect(remix.status).toBe('queued')
    await server.advance(5000)
    expect(vendor.submits.length).toBe(before)
    finishes(vendor)
    expect(await server.finished(remix.id, key)).toMatchObject({ status: 'completed', remixed_from_video_id: id })
    expect(sent().path).toMatch(/^\/v1\/videos\/up-\d+\/remix$/)
    const { attempts } = await server.inspect(remix.id)
    expect(attempts.filter(({ outcome }: { outcome: string }) => outcome === 'accepted')).toMatchObject([
      { channel: first }
    ])
  })

  test('a repeated Idempotency-Key is the same video', async () => {
    const key = await server.memberKey()
    const { id } = await sourceOf(key)
    const ask = () =>
      server.call(
        'POST',
        '/v1/videos/extensions',
        { prompt: 'on', seconds: 4, video: { id } },
        {
          key,
          headers: { 'Idempotency-Key': id }
        }
      )
    const [first, second] = [await ask(), await ask()]
    expect(second.body.id).toBe(first.body.id)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })
})

describe('xAI behind, and its client in front', () => {
  const vendor = forAllTests(async () => {
    const fake = await startFakeOpenai()
    let made = 0
    fake.onSubmit = () => json({ request_id: `x-${++made}` })
    fake.onPoll = ({ path }: Call) =>
      json({ status: 'done', video: { url: `https://vidgen.example.com${path}.mp4`, duration: 4 } })
    return fake
  })
  const models = { 'grok-imagine-video': 'grok-imagine-video', 'kling-v1': 'grok-imagine-video-1.5' }
  const server = forAllTests(() =>
    startTestServer({
      channel: vendor.channel({ vendor: 'xai', base_url: `${vendor.url}/v1`, models }),
      env: { PUBLIC_URL: 'https://video.example.com' }
    })
  )

  test('a source of ours goes as a link to our file; a model that cannot is told which can', async () => {
    const key = await server.memberKey()
    const client = clientOf(server, key)
    const { id } = await client.videos.create({ model: 'grok-imagine-video' as 'sora-2', prompt: 'a boat' })
    await server.finished(id, key)
    const extension = await client.videos.extend({ prompt: 'on', seconds: '8', video: { id } })
    expect(extension).toMatchObject({ seconds: '12', remixed_from_video_id: id })
    const { path, body } = vendor.submits.at(-1)!
    expect(path).toBe('/v1/videos/extensions')
    const link = new RegExp(`^https://video.example.com/v1/videos/${id}/content\\?expires=`)
    expect(JSON.parse(body)).toEqual({
      model: 'grok-imagine-video',
      prompt: 'on',
      duration: 8,
      video: { url: expect.stringMatching(link) }
    })
    await expect(client.videos.remix(id, { prompt: 'again' })).rejects.toMatchObject({
      status: 400,
      code: 'unsupported',
      message: expect.stringContaining('No model of this key can')
    })
    const { id: other } = await client.videos.create({ model: 'kling-v1' as 'sora-2', prompt: 'a boat' })
    await server.finished(other, key)
    await expect(client.videos.edit({ prompt: 'x', video: { id: other } })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('kling-v1 cannot edit videos. These models can: grok-imagine-video.')
    })
  })

  test('@ai-sdk/xai edits by URL', async () => {
    const apiKey = await server.memberKey()
    const passing: typeof fetch = async (input, init) => {
      if (init?.method !== 'POST') await server.advance(5000)
      return fetch(input, init)
    }
    await generateVideo({
      model: createXai({ apiKey, baseURL: `${server.url}/v1`, fetch: passing }).video('grok-imagine-video'),
      prompt: 'sunglasses',
      providerOptions: { xai: { mode: 'edit-video', videoUrl: 'https://example.com/source.mp4' } },
      poll: { intervalMs: 1 },
      download: async () => ({ data: new Uint8Array(playableFilm(1)), mediaType: 'video/mp4' })
    })
    const { path, body } = vendor.submits.at(-1)!
    expect(path).toBe('/v1/videos/edits')
    expect(JSON.parse(body)).toMatchObject({ prompt: 'sunglasses', video: { url: 'https://example.com/source.mp4' } })
  })
})

test('the sandbox makes all of them, of any video', async () => {
  const server = await startTestServer({ env: { SANDBOX: 'auto', DEFAULT_MODEL: 'kling-v1' } })
  try {
    const key = await server.memberKey()
    const client = clientOf(server, key)
    const { id } = await client.videos.create({ prompt: 'a boat', size: '720x1280' })
    await server.finished(id, key)
    const asked = { prompt: 'and on', video: { id } }
    const made = [
      await client.videos.remix(id, { prompt: 'again' }),
      await client.videos.edit(asked),
      await client.videos.extend({ ...asked, seconds: '4' }),
      await client.videos.edit({ prompt: 'an upload', video: await toFile(playableFilm(3), 'film.mp4') })
    ]
    const seconds = []
    for (const video of made) seconds.push((await server.finished(video.id, key)).seconds)
    expect(seconds).toEqual(['5', '5', '10', '5'])
    const film = readMp4(Buffer.from(await (await server.content(made[2]!.id, { key })).arrayBuffer()))
    expect(film).toMatchObject({ width: 480, height: 854, seconds: 10 })
    const character = client.videos.createCharacter({ name: 'Mossy', video: await toFile(playableFilm(1), 'film.mp4') })
    await expect(character).rejects.toMatchObject({ status: 400, code: 'unsupported' })
    await expect(client.videos.getCharacter('char_1')).rejects.toMatchObject({ status: 404, param: 'character_id' })
  } finally {
    await server.close()
  }
})
