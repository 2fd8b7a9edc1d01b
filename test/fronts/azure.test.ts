import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Azure's Sora 1 jobs, as public code writes them: create, poll, download by the id of a generation. */

const world = frontWorld(['sora'])
const { vendor, server } = world
const path = '/openai/v1/video/generations'
const version = '?api-version=preview'

const ask = async (method: string, to: string, body?: unknown, key?: string) => {
  const headers = { 'api-key': key ?? (await server.memberKey()) }
  return server.call(method, `${path}${to}${version}`, body, { key: null, headers })
}

test('a job is created, polled and downloaded', async () => {
  const key = await server.memberKey()
  const asked = { prompt: 'a cat', model: 'sora', width: 1280, height: 720, n_seconds: '5', n_variants: '2' }
  const made = await ask('POST', '/jobs', asked, key)
  expect(made).toMatchObject({
    status: 201,
    body: {
      object: 'video.generation.job',
      id: expect.stringMatching(/^task_/),
      generations: [],
      n_variants: 2,
      n_seconds: 5
    }
  })
  let job = made.body
  for (; job.status !== 'succeeded'; job = (await ask('GET', `/jobs/${job.id}`, undefined, key)).body) {
    expect(['queued', 'running']).toContain(job.status)
    await server.advance(5000)
  }
  expect(job).toMatchObject({ width: 1280, height: 720, failure_reason: null, finished_at: expect.any(Number) })
  expect(job.generations).toHaveLength(2)
  for (const { id, job_id } of job.generations) {
    expect(job_id).toBe(job.id)
    const file = await server.ask(`${path}/${id}/content/video${version}`, { key: null, headers: { 'api-key': key } })
    expect(Buffer.from(await file.arrayBuffer())).toEqual(vendor.video)
  }
  expect((await ask('GET', '/jobs', undefined, key)).body.data).toMatchObject([{ id: job.id }])
  expect((await ask('DELETE', `/jobs/${job.id}`, undefined, key)).status).toBe(204)
  expect((await ask('GET', `/jobs/${job.id}`, undefined, key)).status).toBe(404)
})

test('an image comes as a file, with its place in inpaint_items', async () => {
  const form = new FormData()
  for (const [name, value] of Object.entries({ prompt: 'it moves', model: 'sora', n_seconds: '5' }))
    form.set(name, value)
  form.set('inpaint_items', JSON.stringify([{ frame_index: 0, type: 'image', file_name: 'a.png' }]))
  form.set('files', new Blob([pixel], { type: 'image/png' }), 'a.png')
  const headers = { 'api-key': await server.memberKey() }
  const sent = () => fetch(`${server.url}${path}/jobs${version}`, { method: 'POST', headers, body: form })
  expect((await sent()).status).toBe(201)
  expect(world.submitted()).toMatchObject({ image: pixel.toString('base64') })
  form.set('inpaint_items', JSON.stringify([{ frame_index: 24, type: 'image', file_name: 'a.png' }]))
  const refused = await sent()
  expect([refused.status, ((await refused.json()) as { error: { param: string } }).error.param]).toEqual([
    400,
    'inpaint_items.0.frame_index'
  ])
})

test('inpaint_items without their image, or endless, are refused', async () => {
  const asked = { prompt: 'a cat', model: 'sora', n_seconds: 5 }
  for (const inpaint_items of [[{ frame_index: 0, type: 'image' }], `[${'{},'.repeat(10_000)}{}]`])
    expect(await ask('POST', '/jobs', { ...asked, inpaint_items })).toMatchObject({
      status: 400,
      body: { error: { param: 'inpaint_items' } }
    })
})

test('a failure has its reason, a refusal its field in the words of the wire', async () => {
  const { body } = await ask('POST', '/jobs', { prompt: 'a cat', model: 'sora', n_seconds: 5 })
  await world.failing(() => server.finished(body.id.replace('task_', 'video_')), 'risk control')
  expect((await server.call('GET', `${path}/jobs/${body.id}`)).body).toMatchObject({
    status: 'failed',
    failure_reason: 'input_moderation'
  })
  const refused = await ask('POST', '/jobs', { prompt: 'a cat', model: 'sora', n_seconds: -1 })
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'n_seconds' } } })
  expect((await ask('GET', '/jobs/task_0', undefined, 'sk-wrong')).body).toEqual({ error: expect.any(Object) })
})
