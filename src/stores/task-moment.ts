import type { Task } from '../db/index.ts'

/** What a task went through, told once by the node that wrote it. */
export interface TaskMoment {
  /** `submitted`: a vendor accepted it; `settled`: its money was decided after its end */
  what: 'created' | 'submitted' | 'ended' | 'settled'
  /** its row after the change; of `settled`: before */
  task: Task
}
