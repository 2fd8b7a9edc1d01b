import type { Money, Named } from './shared.ts'

export type TaskState =
  | 'waiting'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'needs_decision'
  /** refused by the vendor while the client waited, who got the error */
  | 'refused'

export interface Warning {
  field: string
  reason: string
}

/** What clients get, too: `status` in OpenAI's words. */
export interface Video {
  id: string
  object: 'video'
  model: string
  status: string
  progress: number
  created_at: number
  completed_at: number | null
  expires_at: number | null
  prompt: string
  seconds: string | null
  size: string | null
  remixed_from_video_id: string | null
  format: string
  url: string | null
  metadata: {
    duration: number | null
    fps: number | null
    width: number | null
    height: number | null
    seed: number | null
    warnings?: Warning[]
    queue_position?: number
    estimated_wait_seconds?: number | null
    sandbox?: boolean
  }
  error: { code: string; message: string } | null
}

/** One of `GET /admin/tasks`. */
export interface Task extends Video {
  state: TaskState
  key: Named
  channel: Named | null
  upstream_model: string | null
  user: string | null
  group: string | null
  held: Money | null
  charged: Money | null
  price: Money | null
  started_at: number | null
  ended_at: number | null
  duration_ms: number | null
  attempts_count: number
  thumbnail_url: string | null
  /** when an unanswered submit is released by itself */
  decide_by: number | null
  warnings: Warning[]
}

/** `GET /admin/tasks/summary`: counting stops at 10,001. */
export interface TaskSummary {
  object: 'task.summary'
  count: number
  capped: boolean
  charged: Money[]
  held: Money[]
  seconds: number
  by_state: Partial<Record<TaskState, number>>
}

export interface TaskFilter {
  state?: string | undefined
  q?: string | undefined
  model?: string | undefined
  channel?: string | undefined
  key?: string | undefined
  user?: string | undefined
  error?: string | undefined
  vendor_code?: string | undefined
  group?: string | undefined
  from?: number | undefined
  to?: number | undefined
  min_cost?: string | undefined
  max_cost?: string | undefined
  sort?: 'created' | 'cost' | 'duration' | undefined
  order?: 'asc' | 'desc' | undefined
}
