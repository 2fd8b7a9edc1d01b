import type { Capabilities, Model } from '../../../src/console/api/types/index.ts'

const capabilities: Capabilities = {
  seconds: { min: 3, max: 15 },
  default_seconds: 5,
  aspect_ratios: ['16:9', '9:16', '1:1'],
  resolutions: ['720p', '1080p', '4k'],
  image_roles: ['first', 'last'],
  max_references: null,
  audio: true,
  prompt_limit: 2500,
  max_videos: 1,
  retired: null
}

export function modelOf(name: string, given: Partial<Model> = {}): Model {
  return {
    id: name,
    object: 'model',
    name,
    candidates: [{ channel: 'chan_1', upstream_model: name, priority: 0, weight: 1 }],
    prices: [{ unit: 'second', amount: '0.07', currency: 'USD' }],
    retry_failed: false,
    disabled: false,
    usual_ms: 96_000,
    available: true,
    unavailable_reason: null,
    capabilities,
    modes: ['text', 'image'],
    price_facts: ['resolution', 'audio'],
    waiting: 0,
    managed_by: null,
    ...given
  }
}

export const modelList: Model[] = [
  modelOf('kling-v3', {
    candidates: [
      { channel: 'chan_1', upstream_model: 'kling-v3', priority: 10, weight: 3 },
      { channel: 'chan_2', upstream_model: 'kling-v3', priority: 0, weight: 1 }
    ],
    prices: [
      { unit: 'second', amount: '0.084', currency: 'USD' },
      { unit: 'second', amount: '0.112', currency: 'USD', when: { resolution: '1080p' } },
      { unit: 'second', amount: '0.168', currency: 'USD', when: { resolution: '1080p', audio: true } },
      { unit: 'second', amount: '0.42', currency: 'USD', when: { resolution: '4k' } }
    ]
  }),
  modelOf('kling-v2-6'),
  modelOf('veo-3.1', {
    available: false,
    unavailable_reason: 'Its only channel is out of balance.',
    candidates: [{ channel: 'chan_4', upstream_model: 'veo-3.1-generate-preview', priority: 0, weight: 1 }],
    prices: [{ unit: 'second', amount: '0.4', currency: 'USD' }]
  }),
  modelOf('hailuo-2.3', { prices: [{ unit: 'video', amount: '0.28', currency: 'USD' }] }),
  modelOf('wan-2.6', { prices: [], capabilities: null }),
  modelOf('kling-v1', { prices: [{ unit: 'second', amount: '0', currency: 'USD' }] }),
  modelOf('<img src=x onerror=alert(1)>', { disabled: true })
]
