import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* One length from the request to the bill: estimated, held, sent, shown, warned about and charged. */

describe.each(kinds)('a duration that the model cannot make, on %s', kind => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() => startTestServer({ kind, channel: vendor.channel() }))

  async function setPolicies({ model = null, channel }: { model?: string | null; channel?: string } = {}) {
    const price = { unit: 'second', amount: '0.10', currency: 'USD' }
    await server.call('PUT', '/admin/models/kling-v1', { prices: [price], duration_policy: model })
    const [{ id }] = (await server.call('GET', '/admin/channels')).body.data
    const options = { endpoint_path: 'EP', ...(channel && { duration_policy: channel }) }
    await server.call('PATCH', `/admin/channels/${id}`, { options })
  }

  const json = { model: 'kling-v1', prompt: 'a cat' }

  test.each([
    ['/v1/video/generations', { duration: 3 }, '5', 'duration', '0.50'],
    ['/v1/videos', { seconds: '8' }, '10', 'seconds', '1.00'],
    ['/v1/videos', { seconds: '12' }, '10', 'seconds', '1.00'],
    ['/v1/videos', { seconds: '4' }, '5', 'seconds', '0.50'],
    ['/v1/videos', { duration: 7.5 }, '10', 'duration', '1.00'],
    ['/v1/videos', {}, '5', null, '0.50']
  ])('POST %s %j makes %s seconds', async (path, length, seconds, field, amount) => {
    await setPolicies()
    const warnings =
      field === null ? [] : [{ field, reason: expect.stringContaining(`nearest supported length, ${seconds}`) }]
    const estimated = await server.call('POST', '/v1/videos/estimate', { ...json, ...length })
    expect(estimated).toMatchObject({ status: 200, body: { seconds: Number(seconds), price: { amount }, warnings } })

    const made = await server.call('POST', path, { ...json, ...length })
    expect(made).toMatchObject({ status: 200, body: { seconds } })
    expect(made.body.metadata.warnings ?? []).toEqual(warnings)
    expect(vendor.submits.at(-1)!.body.duration).toBe(seconds)

    vendor.duration = seconds
    const done = await server.finished(made.body.id)
    expect(done).toMatchObject({ status: 'completed', seconds, metadata: { duration: Number(seconds) } })
    const { body: task } = await server.call('GET', `/admin/tasks/${made.body.id}`)
    const amountOf = (kindOf: string) => task.ledger.find((entry: { kind: string }) => entry.kind === kindOf)?.amount
    expect(task.price).toEqual({ amount, currency: 'USD' })
    expect(amountOf('hold')).toMatch(new RegExp(`^-?${amount}$`))
    expect(amountOf('capture')).toMatch(new RegExp(`^-?${amount}$`))
  })

  test('a form is read as JSON is', async () => {
    await setPolicies()
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...json, seconds: '8' })) form.set(name, value)
    const response = await fetch(`${server.url}/v1/videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.memberKey()}` },
      body: form
    })
    expect(await response.json()).toMatchObject({ seconds: '10', metadata: { warnings: [{ field: 'seconds' }] } })
    expect(vendor.submits.at(-1)!.body.duration).toBe('10')
  })

  test.each<[string, { key?: string; model?: string; channel?: string }, number, string | number]>([
    ['the key’s', { key: 'refuse', model: 'up', channel: 'nearest' }, 3, 400],
    ['the key’s over refusing ones', { key: 'nearest', model: 'refuse', channel: 'refuse' }, 3, '5'],
    ['else the model’s', { model: 'up', channel: 'refuse' }, 6, '10'],
    ['else the channel’s', { channel: 'refuse' }, 3, 400],
    ['else the nearest', {}, 6, '5'],
    ['up: not above the longest', { model: 'up' }, 11, 400]
  ])('the policy is %s', async (_what, { key, ...others }, duration, expected) => {
    await setPolicies(others)
    const secret = await server.memberKey(key ? { duration_policy: key } : {})
    const before = vendor.submits.length
    const { status, body } = await server.call('POST', '/v1/videos', { ...json, duration }, { key: secret })
    if (expected === 400) {
      expect({ status, param: body.error.param }).toEqual({ status: 400, param: 'duration' })
      expect(vendor.submits).toHaveLength(before)
    } else expect(body.seconds).toBe(expected)
  })
})
