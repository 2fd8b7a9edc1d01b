import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { readCallback } from './answer.ts'
import { withoutCode, type Reading } from './failures.ts'
import { klingModels } from './models.ts'
import { probedKling, speakKling, type KlingOperation } from './wire.ts'
import { generalOptions } from '../shared/options.ts'
import { invalidSignature } from '../shared/reasons.ts'
import { verifyWebhook } from '../../lib/standard-webhooks.ts'
import { klingPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type { CredentialSpec } from '../vendor.ts'

const LINK_SECONDS = 30 * 24 * 60 * 60

const reading: Reading = { linkSeconds: LINK_SECONDS, units: 'kling-units', withoutCode }

const credential: CredentialSpec = {
  fields: [
    { name: 'api_key', label: 'API key', secret: true, optional: true },
    { name: 'access_key', label: 'Access key (older accounts, legacy models only)', secret: false, optional: true },
    { name: 'secret_key', label: 'Secret key (goes with the access key)', secret: true, optional: true }
  ],
  parse(text) {
    const trimmed = text.trim()
    if (!trimmed || /\s/.test(trimmed)) return null
    const [access_key, secret_key, ...more] = trimmed.split('|')
    if (secret_key === undefined) return { api_key: trimmed }
    return access_key && secret_key && more.length === 0 ? { access_key, secret_key } : null
  }
}

/** Kling AI's own API: the model id decides which of its two API generations is used. */
export const kling = defineVendor<KlingOperation>({
  id: 'kling',
  name: 'Kling AI',
  baseUrl: 'https://api-singapore.klingai.com',
  // kling.md §1
  regions: [
    { id: 'global', baseUrl: 'https://api-singapore.klingai.com', label: 'Global (Singapore)' },
    {
      id: 'cn',
      baseUrl: 'https://api-beijing.klingai.com',
      label: 'China (Beijing)',
      keysUrl: 'https://app.klingai.com/cn/dev'
    }
  ],
  keysUrl: 'https://kling.ai/dev/api-key',
  docsUrl: 'https://kling.ai/document-api',
  credential,
  options: z.strictObject({
    ...generalOptions,
    webhook_secret: z
      .string()
      .optional()
      .describe(
        '`whsec_…` from the console, which callbacks must be signed with; without it callbacks are not verified'
      )
  }),
  models: klingModels,
  prices: klingPrices,
  facts: {
    source: 'kling.ai/document-api (API reference, error codes, callback signature)',
    checked: '2026-11',
    missing: 'references and keyframes of 4.0 (no document of the wire), motion control, lip-sync, avatars',
    linkSeconds: LINK_SECONDS,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'reference',
    callback: 'signed'
  },
  sign(request, channel, now) {
    const { api_key, access_key, secret_key } = channel.credential
    const token = access_key && secret_key ? signKlingToken(access_key, secret_key, now) : api_key
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  },
  ...speakKling({ models: () => klingModels, prefix: standard => (standard ? '' : '/v1/videos'), reading }),
  callback({ headers, rawBody }, channel, now) {
    const secret = channel.options.webhook_secret
    if (typeof secret === 'string' && !verifyWebhook(secret, headers, rawBody, now)) return invalidSignature
    return readCallback(rawBody)
  },
  // listing tasks is free, and accepts both kinds of credential
  probe: () => ({ method: 'GET', path: '/v1/videos/text2video', query: { pageNum: '1', pageSize: '1' } }),
  probed: answer => probedKling(answer, reading)
})

/** Returns an HS256 JWT of an AK/SK pair, valid for 30 minutes; `now` in milliseconds (kling.md §1). */
export function signKlingToken(accessKey: string, secretKey: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: accessKey, exp: seconds + 1800, nbf: seconds - 5 })}`
  return `${input}.${createHmac('sha256', secretKey).update(input).digest('base64url')}`
}
