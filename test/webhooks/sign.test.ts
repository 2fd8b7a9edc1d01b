import { createHmac, randomBytes } from 'node:crypto'
import OpenAI from 'openai'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, test } from 'vitest'
import { bodyOf, eventTypesFor, isForAdmins, sampleData } from '../../src/domain/events.ts'
import { callbackSecretOf, secretHint, signedHeaders, toSigningSecret } from '../../src/webhooks/sign.ts'

const openai = new OpenAI({ apiKey: 'sk-none' })
const event = {
  id: 'evt_1',
  type: 'video.completed',
  data: { id: 'video_1', name: 'hé 🎬' },
  createdAt: 1_767_000_000_500
}
const body = bodyOf(event)

const readers = {
  standardwebhooks: (secret: string, headers: Record<string, string>, text: string) =>
    new StandardWebhook(secret).verify(text, headers),
  // it only throws or does not
  svix: (secret: string, headers: Record<string, string>, text: string) => {
    new SvixWebhook(secret).verify(text, headers)
    return JSON.parse(text) as unknown
  },
  openai: (secret: string, headers: Record<string, string>, text: string) =>
    openai.webhooks.unwrap(text, headers, secret) as Promise<unknown>
}
const newSecret = () => toSigningSecret(randomBytes(32))
/** Whether a library takes it, and what it read. */
const read = async (name: keyof typeof readers, secret: string, headers: Record<string, string>, text = body) => {
  try {
    return await readers[name](secret, headers, text)
  } catch {
    return 'refused'
  }
}

test('the body is the event in OpenAI’s shape', () => {
  expect(JSON.parse(body)).toEqual({
    id: 'evt_1',
    object: 'event',
    created_at: 1_767_000_000,
    type: 'video.completed',
    data: { id: 'video_1', name: 'hé 🎬' }
  })
})

describe.each(Object.keys(readers) as (keyof typeof readers)[])('%s', name => {
  test('takes what was signed', async () => {
    const secret = newSecret()
    expect(await read(name, secret, signedHeaders('evt_1', body, [secret], Date.now()))).toMatchObject({ id: 'evt_1' })
  })

  test('takes either secret while both sign', async () => {
    const [older, newer] = [newSecret(), newSecret()]
    const headers = signedHeaders('evt_1', body, [newer, older], Date.now())
    for (const secret of [older, newer]) expect(await read(name, secret, headers)).toMatchObject({ id: 'evt_1' })
  })

  test('refuses another secret, another body, another id, another time', async () => {
    const secret = newSecret()
    const headers = signedHeaders('evt_1', body, [secret], Date.now())
    expect(await read(name, newSecret(), headers)).toBe('refused')
    expect(await read(name, secret, headers, body.replace('video_1', 'video_2'))).toBe('refused')
    expect(await read(name, secret, { ...headers, 'webhook-id': 'evt_2' })).toBe('refused')
    const seconds = Number(headers['webhook-timestamp'])
    expect(await read(name, secret, { ...headers, 'webhook-timestamp': String(seconds + 1) })).toBe('refused')
    expect(await read(name, secret, signedHeaders('evt_1', body, [secret], Date.now() - 600_000))).toBe('refused')
  })
})

test('the secret of callback_url is made from the API key alone, as documented', () => {
  const apiKey = 'sk-test-admin-0123456789abcdefghij'
  // printf %s 'reelay callback_url' | openssl dgst -sha256 -hmac "$API_KEY" -binary | base64
  const made = createHmac('sha256', apiKey).update('reelay callback_url').digest('base64')
  expect(callbackSecretOf(apiKey)).toBe(`whsec_${made}`)
})

test('a hint tells two secrets apart and reveals neither', () => {
  const secret = newSecret()
  expect(secretHint(secret)).toMatch(/^whsec_.{3}….{4}$/)
  expect(secretHint(secret)).not.toBe(secretHint(newSecret()))
})

test('members receive events of their videos and budget, admins also of channels; every type has a sample', () => {
  expect(eventTypesFor('member')).toEqual(['video.completed', 'video.failed', 'budget.threshold_reached'])
  expect(eventTypesFor('admin')).toEqual([...eventTypesFor('member'), 'channel.disabled', 'channel.recovered'])
  expect(eventTypesFor('admin').filter(isForAdmins)).toEqual(['channel.disabled', 'channel.recovered'])
  expect(isForAdmins('toString')).toBe(false)
  for (const type of eventTypesFor('admin')) expect(sampleData(type)).toHaveProperty('id')
})
