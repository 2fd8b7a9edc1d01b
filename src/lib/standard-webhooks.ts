import { createHmac, timingSafeEqual } from 'node:crypto'

const TOLERANCE_SECONDS = 300

/** Returns `v1,<base64>` over `id.timestamp.body`, as Standard Webhooks 1.0 defines it. `secret`: `whsec_<base64>`. */
export function signWebhook(secret: string, id: string, timestamp: string, rawBody: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${rawBody}`).digest('base64')}`
}

/** Whether one of the signatures is valid and the timestamp within five minutes of `now` (milliseconds). Header names in lower case. */
export function verifyWebhook(secret: string, headers: Record<string, string>, rawBody: string, now: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers
  if (!id || !timestamp || !signatures) return false
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false
  const expected = Buffer.from(signWebhook(secret, id, timestamp, rawBody))
  return signatures.split(' ').some(given => {
    const actual = Buffer.from(given)
    return actual.length === expected.length && timingSafeEqual(actual, expected)
  })
}
