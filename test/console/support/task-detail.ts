import type { Exchange, Step, StepKind, TaskDetail } from '../../../src/console/api/types/index.ts'
import { now, taskAt } from './tasks.ts'

const main = { id: 'chan_0', name: 'kling-main' }
const backup = { id: 'chan_3', name: 'kling-backup' }

/** A task that succeeded at its second channel, with everything that there can be to see. */
export function succeeded(over: Partial<TaskDetail> = {}): TaskDetail {
  const task = taskAt(3, { prompt: 'A paper boat drifts down a river at dusk, low tracking shot, warm backlight' })
  const at = task.created_at
  const step = (kind: StepKind, from: number, to: number, more: Partial<Step> = {}): Step => ({
    kind,
    at_ms: (at + from) * 1000,
    ended_at_ms: (at + to) * 1000,
    attempt: null,
    channel: null,
    note: null,
    count: null,
    ...more
  })
  const delivery = (status: number, after: number) => ({
    id: `dlv_${after}`,
    object: 'webhook_delivery' as const,
    event: { id: 'evt_1', type: 'video.completed' },
    endpoint: 'we_1',
    task: task.id,
    url: 'https://hooks.example.com/reelay',
    status: status < 300 ? ('delivered' as const) : ('failed' as const),
    tries: status < 300 ? 2 : 1,
    attempts: [],
    response_status: status,
    response_body: null,
    error: null,
    next_try_at: null,
    created_at: at + after,
    delivered_at: at + after
  })
  return {
    ...task,
    ended_at: at + 116,
    duration_ms: 108_000,
    channel: backup,
    attempts_count: 2,
    warnings: [{ field: 'fps', reason: 'was asked as 30; kling-v3 has no such setting and made 24.' }],
    request: {
      model: 'kling-v3',
      prompt: task.prompt,
      seconds: 5,
      fps: 30,
      audio: true,
      metadata: { aspect_ratio: '16:9', resolution: '720p' },
      images: [
        { role: 'first', type: 'image/png', bytes: 1_240_000, sha256: 'ab'.repeat(32), url: null },
        { role: 'last', type: null, bytes: null, sha256: null, url: 'https://images.example.com/boat.png' }
      ]
    },
    timeline: [
      step('queued', 0, 8.2, { note: 'number 2 in the queue' }),
      step('submit', 8.2, 8.6, {
        channel: main,
        attempt: 'att_1',
        note: '429 · 1303 concurrent tasks exceed the limit'
      }),
      step('submit', 9, 10.2, { channel: backup, attempt: 'att_2', note: '200 · 823146900127' }),
      step('running', 10.2, 114, { channel: backup, attempt: 'att_2', count: 11 }),
      step('archived', 114.2, 115.6, { note: '4.3 MB' }),
      step('delivery', 116, 117.4, { note: '503' }),
      step('delivery', 129, 129.2, { note: '200' })
    ],
    files: [
      {
        variant: 'video',
        number: 0,
        state: 'archived',
        bytes: 4_300_000,
        type: 'video/mp4',
        width: 1280,
        height: 720,
        fps: 24,
        codec: 'H.264',
        seconds: 5,
        kept_until: at + 30 * 86_400
      }
    ],
    attempts: [
      {
        id: 'att_1',
        channel: main,
        upstream_model: 'kling-v3',
        upstream_id: null,
        outcome: 'rejected',
        failure: { kind: 'concurrency_limit', code: '1303', message: 'concurrent tasks exceed the limit' },
        cost: null,
        started_at_ms: (at + 8.2) * 1000,
        ended_at_ms: (at + 8.6) * 1000
      },
      {
        id: 'att_2',
        channel: backup,
        upstream_model: 'kling-v3',
        upstream_id: '823146900127',
        outcome: 'accepted',
        failure: null,
        cost: '0.42',
        started_at_ms: (at + 9) * 1000,
        ended_at_ms: (at + 114) * 1000
      }
    ],
    ledger: [
      { id: 'led_1', kind: 'hold', amount: '0.42', currency: 'USD', reason: null, created_at: at },
      {
        id: 'led_2',
        kind: 'capture',
        amount: '0.42',
        currency: 'USD',
        reason: 'what the vendor made',
        created_at: at + 116
      }
    ],
    deliveries: [delivery(503, 117), delivery(200, 129)],
    ...over
  }
}

/** One whose submit was never answered. */
export function undecided(): TaskDetail {
  const task = succeeded()
  return {
    ...task,
    ...taskAt(7, { prompt: 'Camel caravan along a dune ridge, heat shimmer, golden hour' }),
    warnings: [],
    files: [],
    deliveries: [],
    ledger: task.ledger.slice(0, 1),
    attempts: task.attempts.slice(0, 1).map(attempt => ({ ...attempt, outcome: 'unknown', failure: null })),
    timeline: task.timeline
      .slice(0, 2)
      .map(one => (one.kind === 'submit' ? { ...one, note: 'unknown', ended_at_ms: null } : one)),
    decide_by: now() + 23 * 3600 + 60
  }
}

/** One that the vendor refused for its content. */
export function refused(): TaskDetail {
  const task = succeeded()
  const [first] = task.attempts
  return {
    ...task,
    ...taskAt(5, { prompt: 'Amber serum bottle on travertine, petals fall, studio light sweeps left to right' }),
    attempts_count: 1,
    warnings: [],
    files: [],
    deliveries: task.deliveries.slice(1),
    ledger: [task.ledger[0]!, { ...task.ledger[1]!, kind: 'release', reason: 'nothing was made' }],
    attempts: [{ ...first!, failure: { kind: 'content', code: '1027', message: 'output content is sensitive' } }],
    timeline: task.timeline
      .filter(({ kind }) => kind === 'queued' || kind === 'running')
      .map(one => (one.kind === 'running' ? { ...one, note: 'output content is sensitive (1027)' } : one))
  }
}

const sent = (model: string) => ({
  method: 'POST',
  url: 'https://genaiapi.cloudsway.net/v1/ai/…/video/generations',
  headers: { authorization: 'Bearer ••••••••••3f9a', 'content-type': 'application/json' },
  body: { model_name: model, prompt: 'A paper boat drifts down a river at dusk', duration: '5', aspect_ratio: '16:9' }
})

export const exchanges: Exchange[] = [
  {
    id: 'exc_1',
    attempt: 'att_1',
    step: 'submit',
    at_ms: 1_790_000_008_200,
    ms: 400,
    request: sent('kling-v3'),
    response: { status: 429, headers: {}, body: { code: 1303, message: 'concurrent tasks exceed the limit' } },
    error: null,
    truncated: false
  },
  {
    id: 'exc_2',
    attempt: 'att_2',
    step: 'submit',
    at_ms: 1_790_000_009_000,
    ms: 1180,
    request: sent('kling-v3'),
    response: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { data: { task_id: '823146900127' } }
    },
    error: null,
    truncated: false
  },
  {
    id: 'exc_3',
    attempt: 'att_2',
    step: 'poll',
    at_ms: 1_790_000_114_000,
    ms: 240,
    request: { method: 'GET', url: 'https://genaiapi.cloudsway.net/v1/ai/…/823146900127', headers: {}, body: null },
    response: { status: 200, headers: {}, body: '{"data":{"task_status":"succeed"}}' },
    error: null,
    truncated: true
  }
]
