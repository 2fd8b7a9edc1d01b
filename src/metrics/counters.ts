import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import type { ToldMoment } from '../tasks/journal.ts'
import { createHistogram } from './histogram.ts'

/* What this process counts. Each event is counted by the one node that wrote it, so the sum over nodes is the truth. */

const MICRO = 1_000_000

/** How a delivery's try ended. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up'

/** Creates the counters and histograms. Labels are names that operators gave and words of ours: never a key, a prompt or a vendor's text. */
export function createCounters(registry: Registry) {
  const registers = [registry]
  const accepted = new Counter({
    name: 'reelay_tasks_accepted_total',
    help: 'Create requests that became tasks.',
    labelNames: ['model'],
    registers
  })
  const videos = new Counter({
    name: 'reelay_videos_total',
    help: 'Videos that ended, by status (completed or failed) and why they failed: the kind of failure, or none.',
    labelNames: ['model', 'channel', 'status', 'failure'],
    registers
  })
  const duration = new Histogram({
    name: 'reelay_video_duration_seconds',
    help: 'From the create request to the completed video, time in the queue included.',
    labelNames: ['model', 'channel'],
    buckets: [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800],
    registers
  })
  const spend = new Counter({
    name: 'reelay_spend_total',
    help: "What videos were charged, in units of their currency, without operators' corrections.",
    labelNames: ['model', 'channel', 'currency'],
    registers
  })
  const upstream = new Counter({
    name: 'reelay_upstream_requests_total',
    help: 'Requests to vendors, by HTTP status, or by what went wrong when there was no answer.',
    labelNames: ['channel', 'operation', 'code'],
    registers
  })
  const upstreamDuration = createHistogram(registry, {
    name: 'reelay_upstream_request_duration_seconds',
    help: 'How long vendors took to answer; of downloads until they began.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
  })
  /** its series, by operation and channel */
  const durations = new Map<string, (seconds: number) => void>()
  const deliveries = new Counter({
    name: 'reelay_webhook_deliveries_total',
    help: 'Tries to deliver a webhook event: delivered, failed (tried again later) or given_up.',
    labelNames: ['outcome'],
    registers
  })
  const archivedFiles = new Counter({
    name: 'reelay_archived_files_total',
    help: 'Videos copied to the archive.',
    registers
  })
  const archivedBytes = new Counter({ name: 'reelay_archived_bytes_total', help: 'Bytes of those videos.', registers })

  return {
    /** Counts a moment of a task. `model`: its name, or `other` when the gateway does not know it any more. */
    task({ what, task, channel: name, charged }: ToldMoment, model: string): void {
      const channel = name ?? 'none'
      if (what === 'created') accepted.inc({ model }, task.n)
      if (charged > 0) spend.inc({ model, channel, currency: task.currency ?? 'none' }, charged / MICRO)
      if (what !== 'ended' || task.finishedAt === null) return
      const failure = task.status === 'completed' ? 'none' : (task.failure?.kind ?? task.errorCode ?? 'unknown')
      videos.inc({ model, channel, status: task.status, failure }, task.n)
      if (task.status === 'completed')
        duration.observe({ model, channel }, Math.max(0, task.finishedAt - task.createdAt) / 1000)
    },

    upstream(channel: string, operation: string, code: string, seconds: number): void {
      upstream.inc({ channel, operation, code })
      const name = `${operation} ${channel}`
      let observe = durations.get(name)
      if (!observe) durations.set(name, (observe = upstreamDuration({ channel, operation })))
      observe(seconds)
    },

    delivery: (outcome: DeliveryOutcome): void => deliveries.inc({ outcome }),

    archived(bytes: number): void {
      archivedFiles.inc()
      archivedBytes.inc(bytes)
    }
  }
}

export type Counters = ReturnType<typeof createCounters>
