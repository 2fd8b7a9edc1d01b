import type { DescribedTask, TaskDetail } from '../../../admin/tasks.ts'
import type { AskedFields, ExchangeRow, Task } from '../../../db/index.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Video } from '../../../fronts/documented/video.ts'
import { intact } from '../../../lib/damaged.ts'
import type { Failure } from '../../../vendors/vendor.ts'
import { damageOf } from './damage.ts'
import { showDelivery } from './deliveries.ts'

/* Tasks as the admin API shows them: the video object in OpenAI's words, and what only operators see. */

export type ShownTask = ReturnType<typeof showTask>

/** Returns a task of a list. `video`: its object as clients see it. */
export function showTask(video: Video, described: DescribedTask) {
  const { task: row, state, key, channel, held, charged, attempts, hasThumbnail, decideBy } = described
  const task = intact(row)
  const money = (micro: number | null) =>
    micro === null || task.currency === null ? null : { amount: toDecimal(micro), currency: task.currency }
  return {
    ...video,
    state,
    key,
    key_id: key.id,
    channel,
    upstream_model: task.upstreamModel,
    user: task.user,
    group: task.group,
    price: money(task.price),
    held: money(held),
    charged: money(charged),
    started_at: seconds(task.startedAt),
    ended_at: seconds(task.finishedAt),
    duration_ms: durationOf(task),
    attempts_count: attempts,
    thumbnail_url: hasThumbnail ? `/v1/videos/${task.id}/content?variant=thumbnail` : null,
    at_vendor: isAtVendor(task),
    decide_by: seconds(decideBy),
    failure: task.failure && showFailure(task.failure),
    warnings: task.warnings,
    ...damageOf(row)
  }
}

export function showDetail(video: Video, detail: TaskDetail) {
  const { task: row, asked, timeline, files, attemptList, ledger, deliveries, channelNames } = detail
  const task = intact(row)
  return {
    ...showTask(video, detail),
    request: asked && showRequest(asked),
    timeline: timeline.map(({ kind, at, endedAt, attempt, channel, note, count }) => ({
      kind,
      at_ms: at,
      ended_at_ms: endedAt,
      attempt,
      channel,
      note,
      count
    })),
    files: files.map(({ number, variant, state, bytes, contentType, sha256, taskId }) => {
      // of the video itself; a child task's result is in its own row
      const made = variant === 'video' && taskId === task.id ? task.result?.videos[number] : undefined
      return {
        variant,
        number,
        state,
        bytes,
        type: contentType,
        sha256,
        width: made?.width ?? null,
        height: made?.height ?? null,
        fps: made?.fps ?? null,
        codec: null,
        seconds: made?.seconds ?? null,
        kept_until: seconds(task.expiresAt)
      }
    }),
    attempts: attemptList.map(intact).map(attempt => ({
      id: attempt.id,
      channel: attempt.channelId,
      channel_name: channelNames.get(attempt.channelId) ?? attempt.channelId,
      upstream_model: attempt.upstreamModel,
      upstream_id: attempt.upstreamId,
      reference: attempt.reference,
      outcome: attempt.outcome,
      failure: attempt.failure && showFailure(attempt.failure),
      cost: attempt.cost && { amount: toDecimal(attempt.cost.amount), currency: attempt.cost.currency },
      started_at: seconds(attempt.startedAt),
      ended_at: seconds(attempt.endedAt),
      started_at_ms: attempt.startedAt,
      ended_at_ms: attempt.endedAt
    })),
    ledger: ledger.map(({ id, kind, amount, currency, reason, createdAt }) => ({
      id,
      kind,
      amount: toDecimal(amount),
      currency,
      reason,
      created_at: seconds(createdAt)
    })),
    deliveries: deliveries.map(showDelivery)
  }
}

/** The vendor's own words, without anything secret; `error` has what the client is told. */
const showFailure = ({ kind, code, message }: Failure) => ({ kind, code: code ?? null, message })

export const showExchange = (stored: ExchangeRow) => {
  const row = intact(stored)
  return {
    id: row.id,
    attempt: row.attemptId,
    step: row.step,
    at_ms: row.startedAt,
    ms: row.milliseconds,
    // polls of an attempt are one entry: the last of this many
    count: row.count,
    first_at_ms: row.firstAt,
    request: row.request,
    response: row.response,
    error: row.error,
    truncated: row.truncated
  }
}

/** What was asked: every field, and of images their role, type, size and hash, or their link. */
const showRequest = ({ fields, images }: AskedFields) => ({ ...fields, images })

/** Whether the vendor may still make and charge the video; also true of one that has ended for its client. */
const isAtVendor = ({ finishedAt, slot, followUpAt }: Task) => (finishedAt === null ? slot : followUpAt !== null)

/** From the vendor's acceptance to the end, in milliseconds. */
const durationOf = ({ startedAt, finishedAt }: Task) =>
  startedAt === null || finishedAt === null ? null : finishedAt - startedAt

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))
