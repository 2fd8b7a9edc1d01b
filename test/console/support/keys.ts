import type { CreatedKey, Key } from '../../../src/console/api/types/index.ts'

/** When the keys below were looked at, Unix seconds. */
const now = Math.floor(Date.now() / 1000)
const usd = (amount: string) => ({ amount, currency: 'USD' })
const days = (...videos: number[]) =>
  Array.from({ length: 14 }, (_, index) => ({
    day: `2026-11-${String(17 + index)}`,
    spent: { amount: '1.00', currency: 'USD' },
    videos: videos[index % videos.length] ?? 0
  }))

export function keyOf(id: string, name: string, given: Partial<Key> = {}): Key {
  return {
    id: `key_${id}`,
    object: 'key',
    name,
    hint: 'sk-9fQx…',
    role: 'member',
    scopes: null,
    owner: null,
    models: null,
    ip_allowlist: null,
    expires_at: null,
    requests_per_minute: null,
    max_concurrency: null,
    max_queued: null,
    budget: null,
    dialect: 'auto',
    disabled: false,
    spent: usd('0.00'),
    held: null,
    remaining: null,
    resets_at: null,
    in_flight: 0,
    queued: 0,
    last_used_at: null,
    last_used_ip: null,
    old_expires_at: null,
    old_last_used_at: null,
    managed_by: null,
    days: days(3, 5, 4, 8),
    created_at: now - 90 * 86_400,
    ...given
  }
}

const budget = (amount: string, window: 'daily' | 'weekly' | 'monthly') => ({ ...usd(amount), window, timezone: 'UTC' })

/** Keys in every state. */
export const keyList: Key[] = [
  keyOf('1', 'growth-studio', {
    owner: 'Han Meimei',
    budget: budget('1500', 'monthly'),
    spent: usd('1182.44'),
    held: usd('22.10'),
    resets_at: now + 90_000,
    max_concurrency: 8,
    in_flight: 4,
    requests_per_minute: 120,
    queued: 3,
    last_used_at: now - 12,
    last_used_ip: '10.8.0.14'
  }),
  keyOf('2', 'storyboard-app', {
    owner: 'Li Lei',
    budget: budget('800', 'monthly'),
    spent: usd('411.08'),
    resets_at: now + 90_000,
    max_concurrency: 6,
    in_flight: 2,
    last_used_at: now - 47,
    last_used_ip: '203.0.113.40',
    old_expires_at: now + 7200,
    old_last_used_at: now - 600
  }),
  keyOf('3', 'ads-pipeline', {
    owner: 'Anna Kowalski',
    models: ['seedance-2', 'hailuo-2.3', 'veo-3.1'],
    budget: budget('60', 'daily'),
    spent: usd('54.12'),
    held: usd('3.00'),
    resets_at: now + 33_000,
    max_concurrency: 3,
    in_flight: 3,
    queued: 4,
    last_used_at: now - 240,
    last_used_ip: '10.8.0.31'
  }),
  keyOf('4', 'n8n', {
    owner: 'ops',
    models: ['seedance-2'],
    budget: budget('100', 'weekly'),
    spent: usd('100'),
    resets_at: now + 33_000,
    last_used_at: now - 3400,
    last_used_ip: '10.8.0.9'
  }),
  keyOf('5', 'openai-sdk-legacy', { owner: 'platform', dialect: 'openai', spent: usd('212.70'), models: ['sora-2'] }),
  keyOf('6', 'campus-hackathon', { owner: 'Wu Yue', expires_at: now + 4 * 86_400, days: days(0) }),
  keyOf('7', 'ADMIN_KEY', { role: 'admin', spent: usd('6.40'), last_used_at: now - 3600 }),
  keyOf('8', '<img src=x onerror=alert(1)>', { owner: '<b>Li</b>', disabled: true, last_used_at: now - 71 * 86_400 })
]

export const createdKey: CreatedKey = {
  ...keyOf('9', 'storyboard-app'),
  key: 'sk-Hq7vTn2cWm9RkZ4xPb81LsYdE5uJgA3fQoN6iVtC0XwKrB9z'
}
