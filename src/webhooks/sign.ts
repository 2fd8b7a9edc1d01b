import { createHmac } from 'node:crypto'
import { signWebhook } from '../lib/standard-webhooks.ts'

/** A signing secret in the form that every Standard Webhooks library takes. `key`: 32 random bytes. */
export const toSigningSecret = (key: Uint8Array) => `whsec_${Buffer.from(key).toString('base64')}`

/** Enough of a secret for people to tell two apart. */
export const secretHint = (secret: string) => `${secret.slice(0, 9)}…${secret.slice(-4)}`

/**
 * What events to a request's `callback_url` are signed with: `whsec_` and the base64 of HMAC-SHA256 with the API key as key and the text
 * `reelay callback_url`. The owner of the key can make it with openssl; whoever knows it learns nothing of the key.
 */
export const callbackSecretOf = (apiKey: string) =>
  toSigningSecret(createHmac('sha256', apiKey).update('reelay callback_url').digest())

/** The headers of Standard Webhooks 1.0, one signature for each secret. `now` in milliseconds. */
export function signedHeaders(id: string, body: string, secrets: readonly string[], now: number) {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(secret => signWebhook(secret, id, timestamp, body)).join(' ')
  }
}
