import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../../lib/records.ts'
import type { Warning } from '../vendor.ts'

/** Names that clients may not set: what is billed, who is called back, where results go, what is sent besides the body. */
const reserved = new Set(
  [
    ['model', 'model_name', 'model_id', 'agent'],
    ['callback', 'callback_url', 'notify_url', 'notify_hook'],
    [
      'webhook',
      'webhook_url',
      'webhook_id',
      'webhook_secret',
      'webhook_config',
      'webhook_events_filter',
      'fal_webhook'
    ],
    ['output', 'output_config', 'output_url', 'output_uri', 'output_gcs_uri', 'gcs_uri', 'gcs_output_directory'],
    ['storage', 'storage_uri', 'storage_options', 'upload_url', 'pubsub_topic', 'delivery'],
    ['headers', 'extra_headers', 'extra_query', 'extra_body', 'authorization', 'api_key'],
    // the gateway's own
    ['sandbox', 'sandbox_source', 'image_roles']
  ]
    .flat()
    .map(bare)
)

/**
 * Returns the client's metadata for the vendor's body, without the keys that only the gateway sets.
 * `taken`: keys that are already elsewhere in the body.
 */
export function passThrough(metadata: Record<string, unknown>, taken: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !reserved.has(bare(key)) && !taken.includes(key))
  )
}

/**
 * Merges what a client's metadata gives to a vendor's fields under the request's `own`: what a field of the request says wins, also inside
 * objects. `elsewhere`: names that the request's fields set outside of `own`. Each value that loses is named in a warning.
 */
export function mergeUnder(
  own: Record<string, unknown>,
  given: Record<string, unknown>,
  elsewhere: readonly string[] = [],
  at = 'metadata'
): { fields: Record<string, unknown>; warnings: Warning[] } {
  const fields: Record<string, unknown> = { ...own }
  const warnings: Warning[] = []
  for (const [name, value] of Object.entries(given)) {
    // names come from outside: `constructor` is not ours
    const mine = Object.hasOwn(own, name) ? own[name] : undefined
    if (elsewhere.includes(name)) warnings.push(overruled(`${at}.${name}`))
    else if (mine === undefined) fields[name] = value
    else if (isRecord(mine) && isRecord(value)) {
      const inner = mergeUnder(mine, value, [], `${at}.${name}`)
      fields[name] = inner.fields
      warnings.push(...inner.warnings)
    } else if (!isDeepStrictEqual(mine, value)) warnings.push(overruled(`${at}.${name}`))
  }
  return { fields, warnings }
}

export const overruled = (field: string): Warning => ({ field, reason: "ignored: the request's own field decides" })

/** `callback_url`, `callbackUrl` and `Callback-URL` are the same name. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}
