import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Channel, Key, Model, Task, TaskState } from '../../../src/console/api/types/index.ts'
import { packageRoot } from '../../../src/lib/root.ts'
import { listOf, type Answers } from './answers.ts'

/* Tasks in every state, with pictures, for tests of the pages that show them. */

export const now = () => Math.floor(Date.now() / 1000)

const prompts = [
  'A paper boat drifts down a river at dusk, low tracking shot, warm backlight',
  'Ink blooms in milk, macro, slow motion',
  'Rain on a neon street, a figure with an umbrella walks away from the camera',
  'Hot-air balloons rise over a valley at sunrise, slow pan to the left',
  'Amber serum bottle on travertine, petals fall, studio light sweeps left to right',
  'A deer steps through a foggy forest, god rays, handheld',
  'Camel caravan along a dune ridge, heat shimmer, golden hour',
  '沙漠驼队沿着沙丘脊线行走，金色时刻，热浪'
]
const states: readonly TaskState[] = [
  'running',
  'waiting',
  'running',
  'succeeded',
  'succeeded',
  'failed',
  'succeeded',
  'needs_decision',
  'succeeded',
  'succeeded',
  'cancelled',
  'succeeded',
  'refused'
]
const models = ['kling-v3', 'viduq3-pro', 'seedance-2', 'kling-v3', 'seedance-2', 'hailuo-2.3'] as const
const channels = ['kling-main', 'vidu', 'ark-beijing', 'kling-backup', 'ark-beijing', 'hailuo'] as const
const keys = ['openai-sdk-legacy', 'growth-studio', 'storyboard-app', 'ads-pipeline', 'n8n'] as const
const ages = [9, 56, 130, 180, 300, 480, 720, 1260, 1500, 1860, 2400, 3600, 7200]

const isHeld = (state: TaskState) => state === 'waiting' || state === 'running' || state === 'needs_decision'

/** Returns one of many tasks: the smaller `index`, the newer. */
export function taskAt(index: number, over: Partial<Task> = {}): Task {
  const state = over.state ?? states[index % states.length]!
  const at = now() - ages[index % ages.length]! - Math.floor(index / ages.length) * 9000
  const ended = isHeld(state) ? null : at + 96
  const price = { amount: index % 5 === 0 ? '0.84' : '0.42', currency: 'USD' }
  const isRefused = state === 'failed' || state === 'refused'
  return {
    id: `video_01a227b53220733f8f115c8f${(0xf9ab7d9b - index * 7919).toString(16)}`,
    object: 'video',
    model: models[index % models.length]!,
    status: 'completed',
    progress: state === 'running' ? 62 : state === 'succeeded' ? 100 : 0,
    created_at: at,
    completed_at: state === 'succeeded' ? ended : null,
    expires_at: at + 30 * 86_400,
    prompt: prompts[index % prompts.length]!,
    seconds: index % 4 === 1 ? '10' : '5',
    size: index % 6 === 5 ? '720x1280' : '1280x720',
    remixed_from_video_id: null,
    format: 'mp4',
    url: null,
    metadata: {
      duration: 5,
      fps: 24,
      width: 1280,
      height: 720,
      seed: null,
      ...(state === 'waiting' && { queue_position: 1, estimated_wait_seconds: 30 })
    },
    error: isRefused ? { code: 'content_policy_violation', message: 'output content is sensitive (1027)' } : null,
    state,
    key: { id: `key_${index % keys.length}`, name: keys[index % keys.length]! },
    channel: state === 'waiting' ? null : { id: `chan_${index % 6}`, name: channels[index % channels.length]! },
    upstream_model: models[index % models.length]!,
    user: index % 3 === 2 ? 'u_1042' : null,
    group: null,
    held: isHeld(state) ? price : null,
    charged: isHeld(state) ? null : state === 'succeeded' ? price : { amount: '0', currency: 'USD' },
    price,
    started_at: state === 'waiting' ? null : at + 8,
    ended_at: ended,
    duration_ms: ended === null ? null : 60_000 + ((index * 7919) % 90) * 1000,
    attempts_count: index % 4 === 3 ? 2 : 1,
    thumbnail_url:
      state === 'succeeded'
        ? `/v1/videos/video_01a227b53220733f8f115c8f${(0xf9ab7d9b - index * 7919).toString(16)}/content`
        : null,
    decide_by: state === 'needs_decision' ? at + 86_400 : null,
    warnings: [],
    ...over
  }
}

export const someTasks = (count: number): Task[] => Array.from({ length: count }, (_, index) => taskAt(index))

const film = readFileSync(join(packageRoot(), 'src/sandbox/clips/river-16x9.mp4'))

/** The video of a task, or what is drawn where a picture is asked for. */
export const contentOf = (task: Pick<Task, 'id'>, index = 0): Answers => ({
  [`GET /v1/videos/${task.id}/content`]: request =>
    request.resourceType() === 'image'
      ? { raw: { type: 'image/svg+xml', body: scene(index) } }
      : { raw: { type: 'video/mp4', body: film } }
})

export const contents = (tasks: readonly Task[]): Answers =>
  Object.assign({}, ...tasks.map((task, index) => contentOf(task, index))) as Answers // of each of them

const skies = ['#2b2a4a #e2a06f', '#f2b58a #9a7fb8', '#12312a #7fae8c', '#0c1033 #41518f', '#7ba3c9 #dfe7ee']

function scene(index: number): string {
  const [top, foot] = skies[index % skies.length]!.split(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${foot}"/></linearGradient></defs><rect width="320" height="180" fill="url(#s)"/><circle cx="${60 + ((index * 47) % 200)}" cy="70" r="22" fill="#fff" opacity=".7"/><path d="M0 130L70 92l60 34 70-44 120 50v48H0z" fill="#1b1a18" opacity=".55"/></svg>`
}

const named = (object: string, names: readonly string[], prefix: string) =>
  names.map((name, index) => ({ id: `${prefix}_${index}`, object, name }))

/** What the filters choose among. */
export const choices: Answers = {
  'GET /admin/models': { body: listOf(named('model', [...new Set(models)], 'model') as unknown as Model[]) }, // their names are enough
  'GET /admin/channels': { body: listOf(named('channel', [...new Set(channels)], 'chan') as unknown as Channel[]) },
  'GET /admin/keys': { body: listOf(named('key', keys, 'key') as unknown as Key[]) }
}
