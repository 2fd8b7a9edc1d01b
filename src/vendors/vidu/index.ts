import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { rejected } from '../shared/http-failure.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { noVideo } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import { defineVendor } from '../define.ts'
import type { ProducedFile, Cost, HttpAnswer, Polled, Rejected } from '../vendor.ts'
import { callback } from './callback.ts'
import { failureOf, taskFailure } from './failures.ts'
import { viduModels } from './models.ts'
import { viduPrices } from './prices.ts'
import { specOf, submit } from './submit.ts'

/* Vidu API. Sources: vendors/vidu.md; platform.vidu.com/docs (get-generation, error-code, callback-signature). */

interface Operation {
  id: string
}

export const vidu = defineVendor<Operation>({
  id: 'vidu',
  name: 'Vidu',
  baseUrl: 'https://api.vidu.com',
  // vidu.md §1
  regions: [
    { id: 'global', baseUrl: 'https://api.vidu.com', label: 'Global' },
    { id: 'cn', baseUrl: 'https://api.vidu.cn', label: 'China' }
  ],
  keysUrl: 'https://platform.vidu.com',
  docsUrl: 'https://platform.vidu.com/docs',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: viduModels,
  prices: viduPrices,
  facts: {
    source: 'platform.vidu.com/docs, read 2026-11',
    checked: '2026-11-30',
    linkSeconds: 24 * 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'queued',
    // the list has neither our payload nor a time (docs/tasks-list): equal tasks cannot be told apart
    lookup: 'none',
    callback: 'signed',
    pollEveryMs: 5000
  },

  sign: (request, channel) => withApiKey(request, channel, 'Token'),
  submit,
  sound: video => soundOf(specOf(video), { field: 'audio', on: true, off: false }),
  limits: video => specOf(video),
  submitted(answer) {
    const task = created.safeParse(answer.body).data
    if (answer.status >= 300 || !task) return refused(answer)
    const { task_id: id, state, credits } = task
    return {
      status: 'accepted',
      operation: { id },
      upstreamId: id,
      ...(state === 'processing' && { running: true }),
      ...costOf(credits)
    }
  },

  poll: ({ id }) => ({ method: 'GET', path: `${taskPath(id)}/creations` }),
  polled,

  cancel: ({ id }) => ({ method: 'POST', path: `${taskPath(id)}/cancel`, body: { json: { id } } }),
  cancelled: answer =>
    answer.status < 300 ? { status: 'cancelled' } : { status: 'unchanged', failure: failureOf(answer) },

  callback,
  probe: () => ({ method: 'GET', path: '/ent/v2/credits', query: { show_detail: 'false' } })
})

const taskPath = (id: string) => `/ent/v2/tasks/${encodeURIComponent(id)}`

function refused(answer: HttpAnswer): Rejected {
  const failure = failureOf(answer)
  // the connection broke: the task may exist
  if (failure.code === 'Canceled') return { status: 'rejected', failure, outcomeUnknown: true }
  // the vendor's own reason is more precise than the HTTP status
  return failure.code === undefined ? rejected(answer, failure) : { ...rejected(answer, failure), failure }
}

function polled(answer: HttpAnswer): Polled<Operation> {
  if (answer.status >= 300) {
    const failure = failureOf(answer)
    return failure.code === 'TaskNotFound' ? { status: 'failed', failure } : { status: 'unchanged', failure }
  }
  const task = queried.safeParse(answer.body).data
  if (!task) return { status: 'unchanged' }
  if (task.state === 'failed') return { status: 'failed', failure: taskFailure(task.err_code) }
  if (task.state !== 'success') return states[task.state] ?? { status: 'running' }
  const [first, ...rest] = (task.creations ?? []).flatMap(filesOf)
  if (!first) return noVideo
  return { status: 'succeeded', videos: [first, ...rest], ...costOf(task.credits) }
}

const states = table<Polled<Operation>>({
  created: { status: 'queued' },
  queueing: { status: 'queued' },
  processing: { status: 'running' }
})

// a number in some answers, a text in others
const credits = z.union([z.number(), z.string()]).nullish().catch(null)
const created = z.object({
  task_id: z.union([z.string().min(1), z.number().transform(String)]),
  state: z.string().nullish(),
  credits
})
const creation = z.object({ url: linkOrNone, cover_url: linkOrNone.catch(null) })
const queried = z.object({
  state: z.string(),
  err_code: textFact,
  credits,
  creations: z.array(creation).nullish()
})

function filesOf({ url, cover_url }: z.infer<typeof creation>): ProducedFile[] {
  return url ? [{ at: { url }, ...(cover_url && { coverUrl: cover_url }), expiresInSeconds: 24 * 3600 }] : []
}

function costOf(amount: z.infer<typeof credits>): { cost?: Cost } {
  const known = amount !== null && amount !== undefined && amount !== '' && Number.isFinite(Number(amount))
  return known ? { cost: { amount: Number(amount), currency: 'vidu-credits' } } : {}
}
