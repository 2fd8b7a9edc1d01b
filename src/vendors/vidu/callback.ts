import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { parseIso } from '../../lib/time.ts'
import { invalidSignature } from '../shared/reasons.ts'
import type { Callback, CallbackRequest, ChannelConfig } from '../vendor.ts'

/* Vidu's callbacks. Source: platform.vidu.com/docs/callback-signature. */

const ACCESS_KEY = 'vidu'
const TOLERANCE_MS = 300_000

/** The signature covers URL, date and nonce but not the body: the body is only a hint to poll. */
export function callback(request: CallbackRequest, { credential }: ChannelConfig, now: number): Callback {
  const { headers } = request
  if (!headers['x-hmac-signature'] || !headers.date) return { status: 'refused', reason: 'it is not signed' }
  if (headers['x-hmac-algorithm'] !== 'hmac-sha256' || headers['x-hmac-access-key'] !== ACCESS_KEY)
    return { status: 'refused', reason: 'its signature uses an unknown algorithm or key' }
  const sentAt = parseIso(headers.date)
  if (sentAt === undefined || Math.abs(now - sentAt) > TOLERANCE_MS)
    return { status: 'refused', reason: 'its date is more than 5 minutes off' }
  const { signature } = signCallback(credential.api_key ?? '', request)
  if (!same(signature, headers['x-hmac-signature'])) return invalidSignature
  const task = body.safeParse(parseLossless(request.rawBody)).data
  return { status: 'accepted', upstreamId: task?.id || task?.task_id || null }
}

/** Returns the string that Vidu signs, and its signature with the API key that created the task. Headers have lower-case names. */
export function signCallback(key: string, { method, path, query, headers }: Omit<CallbackRequest, 'rawBody'>) {
  const signed = (headers['x-hmac-signed-headers'] ?? '').split(';').filter(name => name !== '')
  const lines = [method, path, query, ACCESS_KEY, headers.date ?? '']
  const named = signed.map(name => `${name}:${headers[name.toLowerCase()] ?? ''}`)
  const signingString = [...lines, ...named].map(line => `${line}\n`).join('')
  return { signingString, signature: createHmac('sha256', key).update(signingString).digest('base64') }
}

// docs/get-generation shows bodies without the id
const body = z.object({ id: z.string().nullish(), task_id: z.string().nullish() })

function same(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)]
  return left.length === right.length && timingSafeEqual(left, right)
}
