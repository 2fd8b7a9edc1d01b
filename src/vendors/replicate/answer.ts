import { z } from 'zod'
import { defined } from '../../lib/defined.ts'
import { link, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import type { Accepted, Failure, FailureKind, HttpAnswer, Polled } from '../vendor.ts'

/* Reads Replicate's predictions and refusals. Source: replicate.com/docs/reference/http, npm replicate 1.4.0. */

export interface ReplicateOperation {
  id: string
}

export const prediction = z.object({
  id: z.string().min(1),
  status: z.string().nullish(),
  model: textFact,
  version: textFact,
  input: z.object({ prompt: z.unknown().optional() }).nullish().catch(null),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: textFact,
  source: textFact,
  data_removed: z.boolean().nullish().catch(null),
  created_at: textFact
})
export type Prediction = z.infer<typeof prediction>

export function accepted({ id, status }: Prediction): Accepted<ReplicateOperation> {
  return { status: 'accepted', operation: { id }, upstreamId: id, ...(status === 'processing' && { running: true }) }
}

const output = z.union([
  link.transform(url => [url]),
  z.array(link),
  z.literal('').transform(() => []),
  z.null().transform(() => []),
  z.undefined().transform(() => [])
])

/** Outputs of predictions made by the API are deleted after an hour (docs: output files). */
const LINK_SECONDS = 3600

export function stateOf(made: Prediction): Polled<ReplicateOperation> {
  switch (made.status ?? '') {
    case 'starting':
      return { status: 'queued' }
    case 'succeeded': {
      const urls = output.safeParse(made.output).data
      if (!urls) return { status: 'unchanged' }
      const [first, ...others] = urls.map(url => ({ at: { url }, expiresInSeconds: LINK_SECONDS }))
      if (first) return { status: 'succeeded', videos: [first, ...others] }
      const kind = made.data_removed ? 'expired' : 'server'
      return { status: 'failed', failure: { ...noVideo.failure, kind } }
    }
    case 'failed':
      return {
        status: 'failed',
        failure: failedFor((typeof made.error === 'string' && made.error) || textOfKind('unknown'))
      }
    case 'canceled':
      return { status: 'failed', failure: { kind: 'cancelled', message: textOfKind('cancelled') } }
    case 'aborted': // by the header Cancel-After
      return {
        status: 'failed',
        failure: { kind: 'expired', message: 'Replicate aborted the prediction: its deadline passed.' }
      }
    default: {
      const progress = progressOf(made.logs ?? '')
      return { status: 'running', ...defined({ progress }) }
    }
  }
}

// the last progress bar of tqdm
function progressOf(logs: string): number | undefined {
  const percent = [...logs.slice(-2000).matchAll(/(\d{1,3})%\|/g)].at(-1)?.[1]
  return percent === undefined ? undefined : Math.min(100, Number(percent))
}

/** Texts of failed predictions; some end with a code in brackets. */
const texts = [
  [/E005|flagged|nsfw|sensitive/i, 'content_policy'],
  [/interrupted|code: PA|out of memory|unavailable|high demand/i, 'server']
] as const satisfies readonly (readonly [RegExp, FailureKind])[]

function failedFor(message: string): Failure {
  const code = /\((?:code: )?(\w{2,6})\)\s*$/.exec(message)?.[1]
  const [, kind] = texts.find(([pattern]) => pattern.test(message)) ?? []
  return { kind: kind ?? 'unknown', message, ...defined({ code }) }
}

const refusal = z.object({
  title: z.string().nullish(),
  detail: z.string().nullish(),
  invalid_fields: z.array(z.object({ field: z.string().nullish() })).nullish()
})

export function failureOf(answer: HttpAnswer): Failure {
  const { title, detail, invalid_fields } = refusal.safeParse(answer.body).data ?? {}
  const param = invalid_fields?.[0]?.field
  return {
    kind: kindOfStatus(answer.status),
    message: detail?.trim() || title || excerpt(answer),
    ...(param && { param }),
    ...retryAfter(answer)
  }
}

/** Returns the failure of a submit: a 404 means that the account has no access to the model. */
export function submitFailure(answer: HttpAnswer): Failure {
  const failure = failureOf(answer)
  return answer.status === 404 ? { ...failure, kind: 'permission', modelOnly: true } : failure
}
