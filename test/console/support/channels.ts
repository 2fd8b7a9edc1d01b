import type { Channel, Vendor } from '../../../src/console/api/types/index.ts'

const now = Math.floor(Date.now() / 1000)
const health = { state: 'ok' as const, reason: null, since: null, until: null, last_error: null }
const errorAt = (seconds: number, code: string, message: string, kind = 'server') => ({
  kind,
  code,
  message,
  at: now - seconds
})

export function channelOf(id: string, name: string, vendor: string, given: Partial<Channel> = {}): Channel {
  return {
    id: `chan_${id}`,
    object: 'channel',
    name,
    vendor,
    base_url: `https://api.${vendor}.example`,
    options: {},
    models: { 'kling-v3': 'kling-v3' },
    max_concurrency: 5,
    learned_limit: null,
    submits_per_minute: null,
    priority: 0,
    weight: 1,
    disabled: false,
    built_in: false,
    in_flight: 0,
    queued: 0,
    health,
    last_success_at: now - 60,
    credential_hint: '…9f2c',
    stats: { ok: 210, failed: 4, p50_ms: 96_000, p95_ms: 171_000 },
    managed_by: null,
    created_at: now - 90 * 86_400,
    ...given
  }
}

/** Channels in every state. */
export const channelList: Channel[] = [
  channelOf('1', 'kling-main', 'kling', {
    in_flight: 5,
    queued: 3,
    priority: 10,
    weight: 3,
    models: { 'kling-v3': 'kling-v3', 'kling-v2-6': 'kling-v2-6' },
    health: { ...health, last_error: errorAt(120, '1303', 'concurrent tasks exceed the limit') }
  }),
  channelOf('2', 'kling-backup', 'cloudsway', {
    in_flight: 2,
    stats: { ok: 59, failed: 2, p50_ms: 104_000, p95_ms: 196_000 }
  }),
  channelOf('3', 'vidu', 'vidu', {
    in_flight: 2,
    max_concurrency: 4,
    learned_limit: 2,
    queued: 4,
    models: { 'viduq3-pro': 'viduq3-pro' },
    stats: { ok: 42, failed: 5, p50_ms: 74_000, p95_ms: 230_000 },
    health: {
      state: 'cooling',
      reason: 'concurrency_limit',
      since: now - 20,
      until: now + 86_400,
      last_error: errorAt(20, 'QuotaExceeded', 'too many')
    }
  }),
  channelOf('4', 'veo', 'google', {
    max_concurrency: 3,
    models: { 'veo-3.1': 'veo-3.1-generate-preview' },
    stats: { ok: 5, failed: 4, p50_ms: 83_000, p95_ms: 140_000 },
    health: {
      state: 'disabled',
      reason: 'insufficient_balance',
      since: now - 3600,
      until: null,
      last_error: errorAt(3600, '429', '<img src=x onerror=alert(1)>')
    }
  }),
  channelOf('5', 'wan-local', 'openai', {
    disabled: true,
    max_concurrency: 1,
    models: {},
    stats: { ok: 0, failed: 0, p50_ms: null, p95_ms: null },
    managed_by: { file: 'reelay.yaml', line: 12 }
  }),
  channelOf('6', 'sandbox', 'sandbox', {
    built_in: true,
    max_concurrency: null,
    models: { 'kling-v1': 'kling-v1', sandbox: 'sandbox' },
    credential_hint: null,
    stats: { ok: 6, failed: 0, p50_ms: 4000, p95_ms: 4000 }
  })
]

function vendorOf(id: string, name: string, models: string[], given: Partial<Vendor> = {}): Vendor {
  return {
    id,
    object: 'vendor',
    name,
    base_url: `https://api.${id}.example`,
    regions: [],
    credential: { fields: [{ name: 'api_key', label: 'API key', secret: true, optional: false }] },
    options: {
      type: 'object',
      properties: { strict: { type: 'boolean', description: 'false: let the vendor decide' } }
    },
    models: models.map(model => ({ name: model, capabilities: null, prices: null })),
    facts: {},
    free_probe: true,
    keys_url: `https://console.${id}.example`,
    docs_url: null,
    ...given
  }
}

export const vendorList: Vendor[] = [
  vendorOf('kling', 'Kling AI', ['kling-v3', 'kling-v2-6', 'kling-v1'], {
    regions: [
      { id: 'cn', base_url: 'https://api.kling.example', label: 'China' },
      { id: 'global', base_url: 'https://api-sg.kling.example', label: 'Global' }
    ],
    credential: {
      fields: [
        { name: 'access_key', label: 'Access key', secret: false, optional: false },
        { name: 'secret_key', label: 'Secret key', secret: true, optional: false }
      ]
    }
  }),
  vendorOf('cloudsway', 'Cloudsway (Kling)', ['kling-v1', 'kling-v2-master'], {
    options: {
      type: 'object',
      required: ['endpoint_path'],
      properties: {
        endpoint_path: { type: 'string', description: 'path segment of your endpoint, from the console' },
        strict: { type: 'boolean', description: 'false: let the vendor decide' }
      }
    }
  }),
  vendorOf('vidu', 'Vidu', ['viduq3-pro', 'viduq2']),
  vendorOf('google', 'Google Gemini API', ['veo-3.1-generate-preview']),
  vendorOf('openai', 'OpenAI-compatible', [], { free_probe: false, keys_url: null }),
  vendorOf('sandbox', 'Sandbox', ['sandbox'])
]
