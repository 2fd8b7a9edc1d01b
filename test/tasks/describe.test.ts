import { afterEach, describe, expect, test } from 'vitest'
import type { Services } from '../../src/services/index.ts'
import { describe as described, describedFor } from '../../src/tasks/describe.ts'
import { vendors } from '../../src/vendors/index.ts'
import type { ChannelConfig } from '../../src/vendors/vendor.ts'
import { makeFolder } from '../support/folder.ts'
import { cloudswayAnswer, cloudswayChannel, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'
import { channelRow } from '../support/rows.ts'
import { watchVendor } from '../support/watched-vendor.ts'

/* What a create hands to the submit that follows. */

describe('a description is for an attempt', () => {
  const config: ChannelConfig = { baseUrl: 'https://visual.test', credential: {}, options: { strict: true } }
  const route = {
    channel: channelRow({ id: 'chan_1', models: { a: 'jimeng_v30', b: 'jimeng_v30_pro' } }),
    vendor: vendors.jimeng!,
    upstreamModel: 'jimeng_v30'
  }
  const video = { model: 'jimeng_v30', prompt: 'p', images: [], metadata: { req_key: 'jimeng_v30_pro' } }
  const known = described(route, config, video)
  const attempt = { channelId: 'chan_1', upstreamModel: 'jimeng_v30_pro' }

  test.each<[string, Partial<typeof attempt>, Partial<ChannelConfig>, boolean]>([
    ['of its route, under the variant that was picked', {}, {}, true],
    ['of its route, under the name of the route’s model', { upstreamModel: 'jimeng_v30' }, {}, true],
    ['with another credential, which only signs', {}, { credential: { secret_key: 'new' } }, true],
    ['with the same options, read again', {}, { options: { strict: true } }, true],
    ['of no other channel', { channelId: 'chan_2' }, {}, false],
    ['of no other model', { upstreamModel: 'jimeng_t2v_v30' }, {}, false],
    ['not when the address was changed', {}, { baseUrl: 'https://elsewhere.test' }, false],
    ['not when an option was changed', {}, { options: { strict: false } }, false]
  ])('%s', (_, otherAttempt, otherConfig, found) => {
    const one = describedFor({ ...attempt, ...otherAttempt }, { ...config, ...otherConfig }, [known])
    expect(one).toBe(found ? known : undefined)
  })

  test('a variant that the operator did not put on the channel is refused', () => {
    const channel = channelRow({ models: { a: 'jimeng_v30' } })
    expect(described({ ...route, channel }, config, video).submission).toMatchObject({
      kind: 'refuse',
      param: 'metadata'
    })
  })
})

describe('a length that the model chooses', () => {
  const config: ChannelConfig = { baseUrl: 'https://ark.test', credential: {}, options: {} }
  const of = (model: string, vendor = vendors.ark!) =>
    described({ channel: channelRow({ models: { m: model } }), vendor, upstreamModel: model }, config, {
      model,
      prompt: 'p',
      images: [],
      seconds: -1,
      metadata: {}
    })

  test('is sent where the model can, and costs at most its longest video', () => {
    expect(of('doubao-seedance-2-0-260128')).toMatchObject({
      seconds: 15,
      submission: { kind: 'draft', warnings: [], billing: { seconds: 15 } }
    })
  })

  test.each([
    ['doubao-seedance-1-0-pro-250528', vendors.ark],
    ['kling-v3', vendors.kling],
    ['an-unlisted-model', vendors.kling]
  ])('is refused by %s, which cannot', (model, vendor) => {
    expect(of(model, vendor).submission).toMatchObject({ kind: 'refuse', param: 'duration' })
  })

  test('is unknown for an endpoint whose model nobody named', () => {
    expect(of('ep-20261101-abcde').seconds).toBeUndefined()
  })
})

describe('a task that passes through the queue', () => {
  const folder = forEachTest(() => makeFolder('describe'))
  let node: Services
  let watched: ReturnType<typeof watchVendor>
  afterEach(() => {
    watched.restore()
    return node.close()
  })

  test('and leaves it at once is described once, one that waited twice', async () => {
    watched = watchVendor(vendors, 'cloudsway')
    let made = 0
    node = await openNode({
      folder: folder.path,
      now: () => Date.UTC(2026, 0, 1),
      exchange: {
        submit: async () => cloudswayAnswer(`job-${++made}`, 'submitted'),
        ask: async () => cloudswayAnswer('job-1', 'processing')
      }
    })
    const channel = await node.channels.create(cloudswayChannel({ name: 'c', max_concurrency: 1 }))
    const { key } = await node.keys.create({ name: 'k' })
    const create = async () => (await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { warnings: [] })).task

    expect((await create()).status).toBe('in_progress')
    expect((await create()).status).toBe('queued')
    expect(watched.described).toHaveLength(2)
    // a slot is free again, and nobody has looked: the next create queues behind the one that waits, and takes both out
    await node.channels.change(channel.id, { max_concurrency: 3 })
    expect((await create()).status).toBe('in_progress')
    expect(watched.described).toHaveLength(4)
    expect(new Set(watched.built).size).toBe(3)
  })
})
