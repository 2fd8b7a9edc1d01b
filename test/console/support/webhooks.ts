import type { Delivery, Endpoint } from '../../../src/console/api/types/index.ts'

const now = Math.floor(Date.now() / 1000)

function endpointOf(id: string, name: string, url: string, given: Partial<Endpoint> = {}): Endpoint {
  return {
    id: `we_${id}`,
    object: 'webhook_endpoint',
    name,
    url,
    event_types: ['video.completed', 'video.failed'],
    signing_secret_hint: 'whsec_…9f2c',
    disabled: false,
    disabled_reason: null,
    failing_since: null,
    counts_30d: { delivered: 3204, failed: 0, pending: 1 },
    key: { id: 'key_1', name: 'growth-studio' },
    managed_by: null,
    created_at: now - 90 * 86_400,
    updated_at: now - 86_400,
    ...given
  }
}

export const endpointList: Endpoint[] = [
  endpointOf('1', 'growth-studio', 'https://hooks.example.com/reelay'),
  endpointOf('2', 'storyboard', 'https://api.storyboard.example/webhooks/video', {
    failing_since: now - 7200,
    counts_30d: { delivered: 205, failed: 3, pending: 4 }
  }),
  endpointOf('3', '', 'https://n8n.example.com/webhook/9f2', {
    disabled: true,
    disabled_reason: 'it did not answer for 72 hours',
    counts_30d: { delivered: 12, failed: 41, pending: 0 },
    event_types: ['video.completed', 'video.failed', 'channel.disabled']
  }),
  endpointOf('4', '<img src=x onerror=alert(1)>', 'https://x.example/?a=<script>alert(1)</script>')
]

function deliveryOf(id: string, given: Partial<Delivery> = {}): Delivery {
  return {
    id: `dlv_${id}`,
    object: 'webhook_delivery',
    event: { id: `evt_${id}`, type: 'video.completed' },
    endpoint: 'we_1',
    task: `video_019f33b8c52a7e28b5fa3da9cab7d9${id.padStart(2, '0')}`,
    url: 'https://hooks.example.com/reelay',
    status: 'delivered',
    tries: 1,
    attempts: [{ at: now - 240, status: 200, error: null, ms: 183 }],
    response_status: 200,
    response_body: 'ok',
    error: null,
    next_try_at: null,
    created_at: now - 241,
    delivered_at: now - 240,
    ...given
  }
}

export const deliveryList: Delivery[] = [
  deliveryOf('1', {
    status: 'pending',
    tries: 3,
    response_status: 503,
    delivered_at: null,
    next_try_at: now + 41,
    response_body: '<img src=x onerror=alert(1)>',
    attempts: [
      { at: now - 300, status: null, error: 'connection refused', ms: 12 },
      { at: now - 180, status: 500, error: null, ms: 640 },
      { at: now - 60, status: 503, error: null, ms: 1210 }
    ]
  }),
  deliveryOf('2', { endpoint: 'we_2', url: 'https://api.storyboard.example/webhooks/video' }),
  deliveryOf('3', { status: 'failed', tries: 14, response_status: 500, event: { id: 'evt_3', type: 'video.failed' } }),
  deliveryOf('4', { endpoint: null, url: 'https://app.example.com/cb/1042' }),
  deliveryOf('5', {
    status: 'failed',
    tries: 14,
    response_status: null,
    response_body: null,
    error: 'connection refused',
    endpoint: 'we_3',
    url: 'https://n8n.example.com/webhook/9f2'
  })
]
