/** Keys that would hijack the request: what is billed, who is called back, where results go. */
const reserved = new Set([
  'model',
  'model_name',
  'callback_url',
  'callbackurl',
  'webhook',
  'webhook_url',
  'webhook_config',
  'webhook_events_filter',
  'fal_webhook',
  'output',
  'output_config',
  'storage',
  'storage_uri',
  'storageuri',
  'gcs_uri',
  'storage_options',
  'headers',
  'sandbox',
  'image_roles'
])

/**
 * The client's metadata for the vendor's body, without the keys that the gateway keeps to itself.
 * `taken` names keys the adapter has already placed elsewhere.
 */
export function extras(metadata: Record<string, unknown>, taken: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !reserved.has(key.toLowerCase()) && !taken.includes(key))
  )
}
