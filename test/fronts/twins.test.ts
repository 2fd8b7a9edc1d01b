import { afterEach, describe, expect, test } from 'vitest'
import { formats, fronts } from '../../src/fronts/index.ts'
import type { Front, Twin } from '../../src/fronts/front.ts'
import { vendors } from '../../src/vendors/index.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/*
 * Our own vendors as clients: an outer server whose channel is the front of an inner one. What the outer one reads back is what the inner one
 * knows. A front gets this by naming its twins.
 */

const fake = forAllTests(startFakeCloudsway)
const inner = forAllTests(() => startTestServer({ env: { MAX_QUEUED: '1000' } }))
const outer = forAllTests(() => startTestServer())
const succeeds = ({ polls }: { polls: number }) => (polls > 1 ? 'succeed' : 'processing')
afterEach(() => {
  fake.onPoll = succeeds
})

const all = [...formats, ...fronts].flatMap((front: Front) =>
  (front.twins ?? []).map(twin => ({ front, twin, name: twin.vendor }))
)

/** A channel of the outer server that leads to the inner one; gives the name of its model. */
async function connect(
  { base }: Front,
  twin: Twin
): Promise<{ model: string; upstream: string; key: string; id: string }> {
  const vendor = vendors[twin.vendor]!
  const upstream = twin.model ?? Object.keys(vendor.models)[0] ?? 'kling-v1'
  const names = (await inner.call('GET', '/v1/models')).body.data.map(({ id }: { id: string }) => id)
  if (!names.includes(upstream))
    await inner.newChannel(
      fake.channel({ options: { endpoint_path: 'EP', strict: false }, models: { [upstream]: 'kling-v1' } })
    )
  const { key, id } = await inner.newKey()
  // a model of its own for each key, so that no other channel serves it
  const model = `${twin.vendor}-${id}`
  await outer.newChannel({
    name: model,
    vendor: twin.vendor,
    base_url: inner.url + (twin.base ?? base),
    credential: twin.credential?.replace('KEY', key) ?? key,
    options: twin.options ?? {},
    models: { [model]: upstream }
  })
  return { model, upstream, key, id }
}

/** Lets time pass on both until the outer video has ended. */
async function ended(id: string) {
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await outer.call('GET', `/openai/v1/videos/${id}`)
    if (body.status === 'completed' || body.status === 'failed') return body
    await inner.advance(6000)
    await outer.advance(6000)
  }
  throw new Error(`${id} did not end: ${JSON.stringify(await outer.inspect(id))}`)
}

const made = async (key: string) => (await inner.call('GET', '/openai/v1/videos', undefined, { key })).body.data[0]

describe.each(all)('$front.id by $name', ({ front, twin }) => {
  test('ends with the same film', async () => {
    const { model, upstream, key } = await connect(front, twin)
    const asked = await outer.call('POST', '/v1/videos', { model, prompt: 'a paper boat', seconds: twin.seconds ?? 5 })
    expect([asked.status, asked.body.error]).toEqual([200, null])
    const video = await ended(asked.body.id)
    const original = await made(key)
    expect(original).toMatchObject({ status: 'completed', prompt: 'a paper boat', model: upstream })
    expect(video).toMatchObject({ status: 'completed', error: null, seconds: original.seconds })
    const file = await outer.content(video.id)
    expect(Buffer.from(await file.arrayBuffer())).toEqual(fake.video)
  })

  test('fails as it failed', async () => {
    const { model, key } = await connect(front, twin)
    fake.onPoll = ({ polls }) => (polls > 1 ? 'failed' : 'processing')
    fake.reason = 'Failure to pass the risk control system'
    const { id } = (
      await outer.call('POST', '/v1/videos', { model, prompt: 'a paper boat', seconds: twin.seconds ?? 5 })
    ).body
    const video = await ended(id)
    const original = await made(key)
    expect(original.error.code).toBe('content_policy_violation')
    expect(video.error.code).toBe(original.error.code)
  })

  test('is told what is refused', async () => {
    const { model, key, id } = await connect(front, twin)
    await inner.call('PATCH', `/admin/keys/${id}`, { models: ['nothing'] })
    const { status, body } = await outer.call('POST', '/v1/videos', {
      model,
      prompt: 'a paper boat',
      seconds: twin.seconds ?? 5
    })
    expect([400, 502, 503]).toContain(status)
    expect(body.error.code).toMatch(/^(upstream_error|no_channel_available|invalid_request)$/)
    expect(await made(key)).toBeUndefined()
  })
})

const cancelling = all.filter(({ twin }) => twin.cancels !== false && vendors[twin.vendor]!.facts.cancel === 'any')

describe.each(cancelling)('$front.id by $name', ({ front, twin }) => {
  test('cancels', async () => {
    const { model, key } = await connect(front, twin)
    fake.onPoll = () => 'processing'
    const { id } = (
      await outer.call('POST', '/v1/videos', { model, prompt: 'a paper boat', seconds: twin.seconds ?? 5 })
    ).body
    await outer.advance(3000)
    await outer.call('POST', `/v1/videos/${id}/cancel`)
    for (let tries = 0; tries < 20 && (await made(key))?.status === 'in_progress'; tries++) await outer.advance(3000)
    const original = await made(key)
    if (original !== undefined) expect(original.error).toMatchObject({ code: 'cancelled' })
  })
})
