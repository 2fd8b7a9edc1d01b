import { beforeAll, describe, expect, test } from 'vitest'
import { bytesOfRecording, recordings, type Recording } from '../http/replay.ts'
import { json, startFakeOpenai } from '../support/fake-openai.ts'
import { playableFilm, smallFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'

/*
 * What openai-python 3.57.0 sends for each operation of `client.videos`, recorded from it byte by byte, and answers that its types accept.
 * Its methods cannot name a source by id (its file extraction refuses the object), so programs do it by `client.post`.
 */

/** `Video` of openai-python (types/video.py), whose tests accept nothing else. */
const video = {
  id: expect.stringMatching(/^video_/),
  object: 'video',
  model: 'sora-2',
  status: expect.stringMatching(/^(queued|in_progress|completed)$/),
  progress: expect.any(Number),
  created_at: expect.any(Number),
  prompt: expect.any(String),
  seconds: expect.any(String),
  size: expect.stringMatching(/^(720x1280|1280x720|1024x1792|1792x1024)$/),
  error: null
}
const page = { object: 'list', data: expect.any(Array), has_more: expect.any(Boolean) }
const refused = (code: string, param: string | null) => ({ error: { code, param, message: expect.any(String) } })

/** By the name of the recorded call: the status, the answer, and what the vendor is sent. */
const wanted: Record<string, [number, object, string?]> = {
  'create prompt only': [200, { ...video, prompt: 'a cat' }, '"prompt":"a cat"'],
  'create every field': [
    200,
    { ...video, seconds: '8', size: '1280x720' },
    '"seconds":"8","size":"1280x720","input_reference"'
  ],
  // the picture decides the size
  'create input_reference bytes': [200, { ...video, size: '' }, 'data:image/png;base64,iVBOR'],
  'create input_reference tuple': [200, { ...video, size: '' }, 'data:image/png;base64,iVBOR'],
  'create extra_body': [200, video, '"a":{"b":[1,2]}'],
  'create_and_poll POST': [200, video],
  'create_and_poll GET': [200, video],
  retrieve: [200, video],
  list: [200, page],
  'list every field': [200, page],
  delete: [200, { id: expect.any(String), object: 'video.deleted', deleted: true }],
  download_content: [200, {}],
  'download_content thumbnail': [404, refused('not_found', 'variant')],
  remix: [200, { ...video, remixed_from_video_id: expect.any(String) }, '/remix'],
  'edit by id through post': [200, { ...video, remixed_from_video_id: expect.any(String) }, '"video":{"id":"up-'],
  'extend by id through post': [200, { ...video, seconds: '12' }, '"seconds":"8"'],
  'edit upload': [200, { ...video, remixed_from_video_id: null }, 'video/mp4'],
  'edit named upload': [200, video, 'video/mp4'],
  'extend upload': [200, video, 'name="seconds"'],
  create_character: [
    200,
    { id: expect.stringMatching(/^char_/), name: expect.any(String), created_at: expect.any(Number) },
    '/characters'
  ],
  get_character: [404, refused('not_found', 'character_id')]
}

const openai = recordings('openai-python-3.57.0-requests')
const nameOf = ({ call, request }: Recording) =>
  call.replace(/^async /, '').replace(/^create_and_poll$/, `create_and_poll ${request.method}`)

describe('openai-python 3.57.0', () => {
  const vendor = forAllTests(async () => {
    const fake = await startFakeOpenai()
    fake.onPoll = ({ path }) =>
      path.endsWith('/content')
        ? { headers: { 'content-type': 'video/mp4' }, text: smallFilm.toString('latin1') }
        : json({ id: path.split('/').at(-1), status: 'completed', seconds: '4', size: '720x1280' })
    return fake
  })
  const server = forAllTests(() =>
    startTestServer({
      env: { DEFAULT_MODEL: 'sora-2' },
      channel: vendor.channel({ base_url: vendor.url, models: { 'sora-2': 'sora-2' } })
    })
  )
  let key: string
  let finished: string

  const create = async () => (await server.call('POST', '/v1/videos', { prompt: 'a boat' }, { key })).body.id as string

  beforeAll(async () => {
    key = await server.memberKey()
    finished = await create()
    await server.finished(finished, key)
  })

  test.each(openai.map((recording, index) => [index, recording.call, recording] as const))(
    '%i %s',
    async (_index, call, recording) => {
      const [status, body, submitted] = wanted[nameOf(recording)]!
      const id = call === 'delete' ? await create() : finished
      const named = recording.request.body?.replace('video_abc', id)
      const request = { ...recording.request, ...(named !== undefined && { body: named }) }
      request.rawHeaders = request.rawHeaders.map(line =>
        named !== undefined && /^content-length: /i.test(line) ? `content-length: ${named.length}` : line
      )
      const film = /upload/.test(call) ? playableFilm(1) : undefined
      const stand = { key, url: (url: string) => url.replace('video_abc', id), ...(film && { film }) }
      const before = vendor.submits.length
      const answer = await sendRaw(server.url, bytesOfRecording({ ...recording, request }, stand), request.method)
      expect(answer).toMatchObject({ status })
      // the file's own size is the one that is shown
      if (answer.body) expect(answer.body).toMatchObject(film ? { ...body, size: '854x480' } : body)
      expect(vendor.submits.length - before).toBe(request.method === 'POST' && status === 200 ? 1 : 0)
      const { path, body: sent } = vendor.submits.at(-1)!
      if (submitted) expect(path + sent).toContain(submitted)
      if (call === 'download_content') expect(answer.bytes.equals(smallFilm)).toBe(true)
    }
  )

  test('every operation of its `videos` is among the recordings', () => {
    expect(new Set(openai.map(nameOf))).toEqual(new Set(Object.keys(wanted)))
  })
})
