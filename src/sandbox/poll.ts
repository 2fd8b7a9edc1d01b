import { type Answer, no, yes } from './answer.ts'
import { failures } from './failures.ts'
import { filePath, picturePath } from './files.ts'
import type { Operation, Operations } from './operations.ts'
import type { Capability } from './request.ts'
import { statusAt } from './timeline.ts'

interface Asked {
  capability: Capability
  now: number
  /** returns the URL of a path on this server */
  urlOf(path: string): string
}

const notThere = () => no({ status: 404, code: 1203, message: 'Task not found' })

/** Answers a query by id or external id. Kling knows a task only under the capability it was submitted to (cloudsway.md §2). */
export async function poll(operations: Operations, id: string, asked: Asked): Promise<Answer> {
  const operation = await operations.find(id)
  if (!operation || operation.capability !== asked.capability) return notThere()
  const { statuses, poll_http_error: httpError, poll_errors: errors = 1, fail } = operation.faults
  if (statuses || httpError) operations.countPoll(operation)
  if (httpError && operation.polls <= errors) return { kind: 'page', status: httpError }
  if (fail === 'not_found' && statusAt(operation, asked.now).word === 'failed') return notThere()
  return yes(taskData(operation, asked))
}

/** Answers `?pageNum=1..1000&pageSize=1..500` (default 30, kling.md §3), newest first. */
export function list(operations: Operations, query: Record<string, unknown>, asked: Asked): Answer {
  const page = numberIn(query['pageNum'], 1, 1000, 1)
  const size = numberIn(query['pageSize'], 1, 500, 30)
  if (!page || !size) return no({ status: 400, code: 1201, message: 'Invalid parameter pageNum or pageSize' })
  const all = operations.list().filter(({ capability }) => capability === asked.capability)
  return yes(all.slice((page - 1) * size, page * size).map(operation => taskData(operation, asked)))
}

/** Returns the documented answer to a query; `task_result` only when there is one. The images are the sandbox's own addition. */
function taskData(operation: Operation, { now, urlOf }: Asked) {
  const { id, externalId, acceptedAt, seconds, faults } = operation
  const { word, since } = statusAt(operation, now)
  const video = {
    id: `${id}-1`,
    url: urlOf(filePath(operation)),
    duration: String(seconds),
    cover_url: urlOf(picturePath(operation, 'cover')),
    sheet_url: urlOf(picturePath(operation, 'sheet'))
  }
  return {
    task_id: id,
    task_status: word,
    task_status_msg: word === 'failed' ? failures[faults.fail ?? 'unknown'].reason : '',
    task_info: { external_task_id: externalId },
    created_at: acceptedAt,
    updated_at: since,
    ...(word === 'succeed' && { task_result: { videos: [video] } })
  }
}

function numberIn(text: unknown, least: number, most: number, otherwise: number): number | null {
  if (text === undefined) return otherwise
  const value = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : null
}
