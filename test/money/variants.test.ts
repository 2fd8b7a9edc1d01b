import { describe, expect, test } from 'vitest'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* What picks another model or another length than the fields say is held for at that one's price, and never beyond what the key may use. */

const server = forAllTests(() => startTestServer())
const member = forAllTests(() => server.newKey())
const price = (amount: string, unit = 'video', when = {}) => ({ unit, amount, currency: 'USD', when })
const setPrices = (model: string, ...prices: object[]) => server.call('PUT', `/admin/models/${model}`, { prices })
const estimate = (body: object, key: string) =>
  server.call('POST', '/v1/videos/estimate', { prompt: 'a cat', ...body }, { key })
const create = (body: object, key: string) => server.call('POST', '/v1/videos', { prompt: 'a cat', ...body }, { key })

describe('a variant that metadata picks', () => {
  const jimeng = forAllTests(async () => {
    await server.newChannel({
      name: 'jimeng',
      vendor: 'jimeng',
      credential: 'ak|sk',
      models: { cheap: 'jimeng_t2v_v30', dear: 'jimeng_ti2v_v30_pro', unpriced: 'jimeng_vgfm_t2v_l20' }
    })
    await setPrices('cheap', price('0.10'))
    await setPrices('dear', price('5.00'))
    const keyFor = async (models: string[]) =>
      (await server.newKey({ models, budget: { amount: '1.00', currency: 'USD', window: 'total' } })).key
    return { cheap: await keyFor(['cheap']), both: await keyFor(['cheap', 'dear', 'unpriced']) }
  })
  const dear = { model: 'cheap', metadata: { req_key: 'jimeng_ti2v_v30_pro' } }

  test('is priced as the model that it is', async () => {
    expect((await estimate({ model: 'cheap' }, jimeng.both)).body.price).toMatchObject({ amount: '0.10' })
    expect((await estimate(dear, jimeng.both)).body.price).toMatchObject({ amount: '5.00' })
  })

  test('is not for a key that may not use that model', async () => {
    for (const ask of [estimate, create])
      expect(await ask(dear, jimeng.cheap)).toMatchObject({ status: 400, body: { error: { param: 'metadata' } } })
  })

  test('does not pass a budget that its own price exceeds, or that has none', async () => {
    expect(await create(dear, jimeng.both)).toMatchObject({
      status: 429,
      body: { error: { code: 'insufficient_quota' } }
    })
    const unpriced = { model: 'cheap', metadata: { req_key: 'jimeng_vgfm_t2v_l20' } }
    expect(await create(unpriced, jimeng.both)).toMatchObject({
      status: 429,
      body: { error: { code: 'insufficient_quota' } }
    })
  })
})

describe('commands in a prompt', () => {
  const seedance = forAllTests(async () => {
    await server.newChannel({
      name: 'ark',
      vendor: 'ark',
      credential: 'key',
      models: { seedance: 'doubao-seedance-1-0-pro-250528' }
    })
    const bySecond = ['480p', '720p', '1080p'].map((resolution, n) => price(`0.${n + 1}0`, 'second', { resolution }))
    await setPrices('seedance', ...bySecond)
    return { model: 'seedance' }
  })
  const quoted = async (body: object) => (await estimate({ model: seedance.model, ...body }, member.key)).body

  test('are priced as the fields that they mean', async () => {
    const { price: quote, seconds } = await quoted({ prompt: 'a cat --dur 12 --rs 1080p' })
    expect([quote.amount, String(seconds)]).toEqual(['3.60', '12'])
    expect(await quoted({ duration: 12, metadata: { resolution: '1080p' } })).toMatchObject({ price: quote })
  })

  test('lose against fields, with a warning', async () => {
    const body = await quoted({ prompt: 'a cat --dur 12', duration: 4, metadata: { resolution: '480p' } })
    expect(body).toMatchObject({ price: { amount: '0.40' }, warnings: [{ field: 'prompt' }] })
  })
})
