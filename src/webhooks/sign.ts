import { createHmac } from 'node:crypto'
import { signWebhook } from '../lib/standard-webhooks.ts'

/** Returns a signing secret in the format of Standard Webhooks libraries. `key`: 32 random bytes. */
export const toSigningSecret = (key: Uint8Array) => `whsec_${Buffer.from(key).toString('base64')}`

/** Returns enough of a secret to tell two apart. */
export const secretHint = (secret: string) => `${secret.slice(0, 9)}…${secret.slice(-4)}`

/**
 * Returns the secret that signs events to a request's `callback_url`: `whsec_` and the base64 of HMAC-SHA256 with the API key as key and the
 * text `reelay callback_url`. The owner of the key can compute it with openssl; it does not reveal the key.
 */
export const callbackSecretOf = (apiKey: string) =>
  toSigningSecret(createHmac('sha256', apiKey).update('reelay callback_url').digest())

/** Returns the headers of Standard Webhooks 1.0, with one signature per secret. `now` in milliseconds. */
export function signedHeaders(id: string, body: string, secrets: readonly string[], now: number) {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(secret => signWebhook(secret, id, timestamp, body)).join(' ')
  }
}
