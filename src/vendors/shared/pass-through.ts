/** Names that would hijack the request: what is billed, who is called back, where results go, what is sent beside the body. */
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
 * The client's metadata for the vendor's body, without the keys that the gateway keeps to itself.
 * `taken` names keys the adapter has already placed elsewhere.
 */
export function passThrough(metadata: Record<string, unknown>, taken: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !reserved.has(bare(key)) && !taken.includes(key))
  )
}

/** `callback_url`, `callbackUrl` and `Callback-URL` are one name. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}
