import type {
  Attention,
  Channel,
  FailureGroup,
  Key,
  Overview,
  Point,
  Task,
  TaskState,
  UsageLine
} from '../../../src/console/api/types/index.ts'
import { listOf, type Answers } from './answers.ts'

/* A busy day of a gateway, for tests of the overview. */

const now = Math.floor(Date.now() / 1000)
const HOUR = 3600
const usd = (amount: string) => ({ amount, currency: 'USD' })

const task = (id: string, prompt: string, model: string, ago: number, state: TaskState = 'succeeded'): Task => ({
  id: `video_${id}`,
  object: 'video',
  model,
  status: 'completed',
  progress: state === 'running' ? 62 : 100,
  created_at: now - ago,
  completed_at: null,
  expires_at: null,
  prompt,
  seconds: '5',
  size: '1280x720',
  remixed_from_video_id: null,
  format: 'reelay',
  url: null,
  metadata: { duration: 5, fps: 24, width: 1280, height: 720, seed: null },
  error: null,
  state,
  key: { id: 'key_1', name: 'storyboard-app' },
  channel: { id: 'channel_1', name: 'kling-main' },
  upstream_model: null,
  user: null,
  group: null,
  held: null,
  charged: usd('0.42'),
  price: usd('0.42'),
  started_at: now - ago,
  ended_at: now - ago + 60,
  duration_ms: 60_000,
  attempts_count: 1,
  thumbnail_url: null,
  decide_by: null,
  warnings: []
})

export const latest: Task[] = [
  task('1', 'A paper boat drifts down a rainy street, evening light', 'kling-v3', 9, 'running'),
  task('2', 'A paper boat drifts down a rainy street', 'kling-v3', 75),
  task('3', 'Hot-air balloons rise over a misty valley at dawn', 'seedance-2', 250),
  task('4', 'A deer steps through a foggy forest', 'kling-v3', 610),
  task('5', 'Vertical: umbrella in neon rain', 'seedance-2', 970, 'failed'),
  task('6', 'Moonlit sea, a lone sailboat, slow pan', 'kling-v3', 1090)
]

export const overview: Overview = {
  object: 'overview',
  from: now - 24 * HOUR,
  to: now,
  spent: [{ ...usd('68.42'), before: '61.09' }],
  made: { count: 777, before: 719, seconds: 4120 },
  success: { rate: 0.966, ok: 777, failed: 20, refused: 7, before: 0.971 },
  time_to_video: { p50_ms: 64_000, p95_ms: 171_000, before: { p50_ms: 61_000, p95_ms: 160_000 } },
  now: { running: 16, waiting: 8, slots_used: 16, slots_total: 27, oldest_waiting_s: 41 },
  latest
}

/** A day with a quiet night and a bad morning. */
const points: Point[] = Array.from({ length: 24 }, (_, hour) => {
  const ok = Math.round(26 + 18 * Math.sin(hour / 4))
  const bad = hour === 17 || hour === 18
  return {
    at: (Math.floor(now / HOUR) - 23 + hour) * HOUR,
    ok,
    failed: bad ? 11 : hour % 3 === 0 ? 1 : 0,
    refused: 0,
    spent: { USD: String(ok * 0.088) },
    p50_ms: 60_000 + hour * 500 + (bad ? 30_000 : 0),
    p95_ms: 130_000 + hour * 900 + (bad ? 45_000 : 0)
  }
})

const failures: FailureGroup[] = [
  ['content_policy_violation', '1301', 'kling-v3', 'kling-main', 16],
  ['upstream_error', 'InternalServiceError', 'seedance-2', 'ark-beijing', 6],
  ['generation_failed', null, 'viduq3-pro', 'vidu', 4],
  ['upstream_timeout', null, 'hailuo-2.3', 'hailuo', 1]
].map(([error, vendor_code, model, channel, count]) => ({
  error: String(error),
  vendor_code: vendor_code === null ? null : String(vendor_code),
  model: String(model),
  channel: { id: `channel_${channel}`, name: String(channel) },
  count: Number(count),
  last_at: now - Number(count) * 400,
  sample_id: 'video_5'
}))

const channel = (
  name: string,
  vendor: string,
  used: number,
  total: number,
  queued: number,
  p50_ms: number
): Channel => ({
  id: `channel_${name}`,
  object: 'channel',
  name,
  vendor,
  base_url: 'https://vendor.example',
  options: {},
  models: {},
  max_concurrency: total,
  learned_limit: null,
  submits_per_minute: null,
  priority: 0,
  weight: 1,
  disabled: false,
  built_in: false,
  in_flight: used,
  queued,
  health: { state: 'ok', reason: null, since: null, until: null, last_error: null },
  last_success_at: now,
  credential_hint: null,
  stats: { ok: 100, failed: 2, p50_ms, p95_ms: null },
  managed_by: null,
  created_at: now
})

const resting = { ...channel('vidu', 'vidu', 2, 4, 4, 74_000), learned_limit: 2 }
const stopped = channel('veo', 'gemini', 0, 3, 0, 83_000)

export const channels: Channel[] = [
  channel('kling-main', 'kling', 5, 5, 3, 96_000),
  channel('kling-backup', 'cloudsway', 2, 5, 0, 104_000),
  channel('ark-beijing', 'volcengine', 6, 10, 0, 58_000),
  { ...resting, health: { ...resting.health, state: 'cooling', reason: 'concurrency_limit' } },
  { ...stopped, health: { ...stopped.health, state: 'disabled', reason: 'insufficient_balance' } },
  channel('hailuo', 'minimax', 1, 3, 0, 131_000)
]

const spenders = ['ads-pipeline', 'storyboard-app', 'growth-studio', 'campus-hackathon']

const spending: UsageLine[] = spenders.map((name, index) => ({
  key: `key_${index}`,
  names: { key: name },
  videos: 400 - index * 90,
  seconds: 2000,
  failed: 3,
  refused: 0,
  spent: usd(['38.00', '17.31', '9.02', '4.09'][index]!)
}))

export const keys: Key[] = spenders.map((name, index) => ({
  id: `key_${index}`,
  object: 'key',
  name,
  hint: 'sk-…',
  role: 'member',
  scopes: null,
  owner: null,
  models: null,
  ip_allowlist: null,
  expires_at: null,
  requests_per_minute: null,
  max_concurrency: null,
  max_queued: null,
  budget: index === 2 ? null : { ...usd('40.00'), window: 'daily', timezone: 'UTC' },
  dialect: 'reelay',
  disabled: false,
  spent: usd(['36.00', '17.31', '9.02', '4.09'][index]!),
  held: usd('2.00'),
  remaining: null,
  resets_at: null,
  in_flight: 0,
  queued: 0,
  last_used_at: now,
  last_used_ip: null,
  old_expires_at: null,
  old_last_used_at: null,
  managed_by: null,
  days: [],
  created_at: now
}))

type Item = Attention & { id: string }
const attention: Item[] = [
  {
    id: '1',
    kind: 'channel_disabled',
    severity: 'bad',
    subject: { type: 'channel', id: 'channel_veo', name: 'veo' },
    since: now - 3700,
    reason: 'insufficient_balance',
    facts: { vendor: 'Google Gemini API', models: ['veo-3.1'] },
    action: { label_key: 'fix', href: '/channels?open=channel_veo' }
  },
  {
    id: '2',
    kind: 'needs_decision',
    severity: 'warn',
    subject: null,
    since: now - 1270,
    reason: null,
    facts: { count: 1, held: usd('0.28') },
    action: { label_key: 'decide', href: '/tasks?view=doubt' }
  },
  {
    id: '3',
    kind: 'budget',
    severity: 'warn',
    subject: { type: 'key', id: 'key_0', name: 'ads-pipeline' },
    since: now - 250,
    reason: null,
    facts: { percent: 95, window: 'daily', waiting: 4, resets_at: now + 9 * HOUR },
    action: { label_key: 'see', href: '/keys?open=key_0' }
  }
]

export const busyDay: Answers = {
  'GET /admin/overview': { body: overview },
  'GET /admin/series': { body: listOf(points as (Point & { id?: string })[]) },
  'GET /admin/failures': { body: listOf(failures as (FailureGroup & { id?: string })[]) },
  'GET /admin/attention': { body: listOf(attention) },
  'GET /admin/channels': { body: listOf(channels) },
  'GET /admin/keys': { body: listOf(keys) },
  'GET /admin/usage': { body: listOf(spending as (UsageLine & { id?: string })[]) }
}
