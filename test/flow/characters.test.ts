import OpenAI, { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { json, startFakeOpenai, type Call } from '../support/fake-openai.ts'
import { playableFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* OpenAI's characters: made by its client, kept by a vendor, used in videos of the account that has them. */

describe.each(kinds)('an OpenAI-compatible vendor, on %s', kind => {
  const vendor = forAllTests(async () => {
    const fake = await startFakeOpenai()
    let made = 0
    const { onSubmit } = fake
    fake.onPoll = ({ path }) => json({ id: path.split('/').at(-1), status: 'completed', seconds: '4' })
    fake.onSubmit = call =>
      call.path.endsWith('/characters') ? json({ id: `up-char-${++made}`, name: 'x', created_at: 1 }) : onSubmit(call)
    return fake
  })
  const other = forAllTests(startFakeOpenai)
  const server = forAllTests(async () => {
    const started = await startTestServer({ kind })
    // `plain` is not OpenAI's own model, and no option says that it takes characters
    await started.newChannel(vendor.channel({ name: 'has them', models: { both: 'sora-2', plain: 'plain' } }))
    await started.newChannel(other.channel({ name: 'another', models: { both: 'sora-2' }, priority: -10 }))
    return started
  })

  const film = () => toFile(playableFilm(3), 'otter.mp4')
  const clientOf = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })
  const uploads = (calls: readonly Call[]) => calls.filter(({ path }) => path === '/v1/videos/characters')
  const create = (key: string, more: object, path = '/v1/videos') =>
    server.call('POST', path, { model: 'both', prompt: 'Mossy the otter swims', ...more }, { key })

  async function keyWithCharacter() {
    const key = await server.memberKey()
    const client = clientOf(key)
    return { key, client, character: await client.videos.createCharacter({ name: 'Mossy', video: await film() }) }
  }

  test('is made where its model can, is shown, and reaches the vendor under its own id', async () => {
    const before = Math.floor(server.services.now() / 1000)
    const { key, client, character } = await keyWithCharacter()
    const created_at = expect.toSatisfy(at => at >= before && at <= server.services.now() / 1000)
    expect(character).toEqual({ id: expect.stringMatching(/^char_[0-9a-f]{32}$/), name: 'Mossy', created_at })
    const [upload] = uploads(vendor.submits).slice(-1)
    expect(upload).toMatchObject({ authorization: 'Bearer fake-credential-canary' })
    expect(upload?.body).toMatch(/name="name"\r\n\r\nMossy\r\n/)
    expect(upload?.body).toMatch(/name="video"; filename="video.mp4"\r\ncontent-type: video\/mp4/i)
    expect(await client.videos.getCharacter(character.id!)).toEqual(character)

    const upstreamId = `up-char-${uploads(vendor.submits).length}`
    const { status } = await create(key, { characters: [{ id: character.id }] })
    expect(status).toBe(200)
    const { path, body } = vendor.submits.at(-1)!
    expect([path, JSON.parse(body)]).toEqual([
      '/v1/videos',
      expect.objectContaining({ prompt: 'Mossy the otter swims', characters: [{ id: upstreamId }] })
    ])
    // both ways in which forms nest names
    for (const name of ['characters[0][id]', 'characters[][id]']) {
      const form = new FormData()
      for (const [field, value] of [
        ['model', 'both'],
        ['prompt', 'Mossy'],
        [name, character.id!]
      ] as const)
        form.append(field, value)
      const headers = { authorization: `Bearer ${key}` }
      expect((await fetch(`${server.url}/v1/videos`, { method: 'POST', body: form, headers })).status).toBe(200)
      expect(JSON.parse(vendor.submits.at(-1)!.body)).toMatchObject({ characters: [{ id: upstreamId }] })
    }
  })

  test('is of its own key alone', async () => {
    const { character } = await keyWithCharacter()
    const stranger = await server.memberKey()
    const param = 'character_id'
    await expect(clientOf(stranger).videos.getCharacter(character.id!)).rejects.toMatchObject({ status: 404, param })
    for (const id of [character.id, 'char_unknown'])
      expect(await create(stranger, { characters: [{ id }] })).toMatchObject({
        status: 400,
        body: { param: 'characters.0.id' }
      })
  })

  test('goes only to the channel that has it, also when that one refuses', async () => {
    const { key, character } = await keyWithCharacter()
    const { onSubmit } = vendor
    vendor.onSubmit = () => json({ error: { message: 'busy', code: 'rate_limit_exceeded' } }, 429)
    const { status, body } = await create(key, { characters: [{ id: character.id }] })
    await server.advance(60_000)
    vendor.onSubmit = onSubmit
    expect(status).toBe(200)
    expect(await server.finished(body.id, key)).toMatchObject({ status: 'completed' })
    expect(vendor.submits.at(-1)?.body).toContain('up-char-')
    expect(other.submits).toEqual([])
  })

  test('a model that takes none is refused, with those that do; so is a video that is made of another', async () => {
    const { key, character } = await keyWithCharacter()
    const characters = [{ id: character.id }]
    const before = vendor.submits.length
    expect(await create(key, { model: 'plain', characters })).toMatchObject({
      status: 400,
      body: {
        code: 'unsupported',
        param: 'model',
        message: 'plain cannot use these characters. These models can: both.'
      }
    })
    const edit = { video: { url: 'https://example.com/a.mp4' }, characters }
    expect(await create(key, edit, '/v1/videos/edits')).toMatchObject({ status: 400, body: { param: 'characters' } })
    expect(await create(key, { characters: ['Mossy'] })).toMatchObject({ status: 400, body: { param: 'characters.0' } })
    expect(vendor.submits.length).toBe(before)
  })

  test('one that an admin makes for a key is the key’s, and in the audit', async () => {
    const { id, key } = await server.newKey()
    const form = new FormData()
    form.append('name', 'Mossy')
    form.append('video', await film())
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'x-reelay-key': id }
    const answer = await fetch(`${server.url}/v1/videos/characters`, { method: 'POST', body: form, headers })
    const character = (await answer.json()) as { id: string }
    expect(await clientOf(key).videos.getCharacter(character.id)).toEqual(character)
    const { body } = await server.call('GET', '/admin/audit?limit=1')
    expect(body.data).toMatchObject([
      { action: 'character.create', target: { id: character.id, name: 'Mossy' }, after: { key: id } }
    ])
  })

  test("the vendor's refusal is passed on in its words", async () => {
    const client = clientOf(await server.memberKey())
    const { onSubmit } = vendor
    const message = 'The clip must be 2 to 4 seconds long.'
    vendor.onSubmit = () => json({ error: { message, code: 'invalid_value', param: 'video' } }, 400)
    const refused = client.videos.createCharacter({ name: 'Mossy', video: await film() })
    await expect(refused).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
    vendor.onSubmit = onSubmit
  })

  test('a name that is too long, no name, no file, a file that is no video, a model that cannot', async () => {
    const key = await server.memberKey()
    const before = uploads(vendor.submits).length
    const send = async (fields: Record<string, string | File>) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      const headers = { authorization: `Bearer ${key}` }
      const answer = await fetch(`${server.url}/v1/videos/characters`, { method: 'POST', body: form, headers })
      const { error } = (await answer.json()) as { error: { param: string; code: string } }
      return [answer.status, error.code, error.param]
    }
    const video = await film()
    expect(await send({ name: 'x'.repeat(81), video })).toEqual([400, 'invalid_request', 'name'])
    expect(await send({ video })).toEqual([400, 'invalid_request', 'name'])
    expect(await send({ name: 'x' })).toEqual([400, 'invalid_request', 'video'])
    expect(await send({ name: 'x', video: await toFile(Buffer.from('no film'), 'a.mp4') })).toEqual([
      400,
      'invalid_request',
      'video'
    ])
    expect(await send({ name: 'x', video, model: 'plain' })).toEqual([400, 'unsupported', 'model'])
    expect(uploads(vendor.submits).length).toBe(before)
  })

  test('what the vendor answers is bounded before it is stored and shown', async () => {
    const { onSubmit } = vendor
    const answers = [
      json({ id: 'i'.repeat(600), name: 'x', created_at: 1 }),
      json({ error: { message: 'no face '.repeat(2000), code: 'invalid_video' } }, 400)
    ]
    vendor.onSubmit = () => answers.shift()!
    const client = clientOf(await server.memberKey())
    const video = await film()
    await expect(client.videos.createCharacter({ name: 'x', video })).rejects.toMatchObject({ status: 502 })
    const refused = await client.videos.createCharacter({ name: 'x', video }).catch((error: Error) => error.message)
    expect(refused).toMatch(/no face/)
    expect(String(refused).length).toBeLessThan(2100)
    vendor.onSubmit = onSubmit
  })

  test('the option says it for models of any name', async () => {
    const key = await server.memberKey({ models: ['mine', 'both'] })
    await server.newChannel(
      vendor.channel({
        name: 'optional',
        models: { mine: 'mine' },
        options: { characters: true, body_mode: 'multipart' }
      })
    )
    const video = await film()
    const asked = { name: 'Mossy', video, model: 'mine' } as Parameters<OpenAI['videos']['createCharacter']>[0]
    const { id } = await clientOf(key).videos.createCharacter(asked)
    expect((await create(key, { model: 'mine', characters: [{ id }] })).status).toBe(200)
    expect(vendor.submits.at(-1)?.body).toMatch(/name="characters\[\]\[id\]"\r\n\r\nup-char-\d+\r\n/)
    // two models can now, and neither is the default
    await expect(clientOf(key).videos.createCharacter({ name: 'Mossy', video })).rejects.toMatchObject({
      status: 400,
      code: 'unsupported',
      param: 'model'
    })
    // it is kept by another channel
    expect(await create(key, { model: 'both', characters: [{ id }] })).toMatchObject({ body: { param: 'model' } })
  })
})
