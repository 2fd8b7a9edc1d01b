import type { HealthState } from './channels.ts'
import type { TaskState } from './tasks.ts'

/** What `GET /admin/events` sends, by the name of the event. */
export interface Events {
  task: { id: string; state: TaskState; key_id: string; channel_id: string | null; progress: number }
  channel: { id: string; health: HealthState }
  delivery: { id: string; status: string }
  budget: { key_id: string }
  settings: Record<string, never>
}
