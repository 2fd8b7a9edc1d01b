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
    ['sandbox', 'image_roles']
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

/** `callback_url`, `callbackUrl` and `Callback-URL` are the same name. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}
