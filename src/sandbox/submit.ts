import { type Answer, no, yes } from './answer.ts'
import { failures } from './failures.ts'
import type { Operation, Operations } from './operations.ts'
import { type Capability, readSubmit } from './request.ts'

/** Answers a submit; `latency`: after how many milliseconds the answer is sent. The task itself is accepted immediately. */
export async function submit(
  operations: Operations,
  capability: Capability,
  body: unknown,
  now: number
): Promise<{ answer: Answer; accepted?: Operation; latency: number }> {
  const request = readSubmit(capability, body)
  if ('problem' in request) return { answer: no({ status: 400, code: 1201, message: request.problem }), latency: 0 }

  const { faults, externalId, sourceId } = request
  const from = sourceId === undefined ? undefined : await operations.find(sourceId)
  if (sourceId !== undefined && !from)
    return {
      answer: no({ status: 404, code: 1203, message: 'The resource of sandbox_source.task_id does not exist' }),
      latency: 0
    }
  const latency = faults.latency_ms ?? 0
  const refusal =
    faults.fail && (faults.fail_at ?? failures[faults.fail].usually) === 'submit' && failures[faults.fail].submit
  if (refusal) return { answer: no(refusal), latency }
  if (faults.http_error && !faults.lost_answer) return { answer: { kind: 'page', status: faults.http_error }, latency }
  // "unique per account" (kling.md §3.1); the answer is not documented, and 1201 is the code for an illegal value
  if (externalId && (await operations.find(externalId)))
    return {
      answer: no({ status: 400, code: 1201, message: 'Invalid parameter external_task_id: already exists' }),
      latency
    }

  // a film goes on, and is changed, in its own picture
  const picture = from && { shape: from.shape, scene: from.scene }
  const accepted = await operations.accept(capability, { ...request, ...picture }, now)
  if (!faults.lost_answer) return { answer: yes(acceptedData(accepted)), accepted, latency }
  const lost: Answer = faults.http_error ? { kind: 'page', status: faults.http_error } : { kind: 'silence' }
  return { answer: lost, accepted, latency }
}

function acceptedData({ id, externalId, acceptedAt }: Operation) {
  return {
    task_id: id,
    task_status: 'submitted',
    task_info: { external_task_id: externalId },
    created_at: acceptedAt,
    updated_at: acceptedAt
  }
}
