import type { Words } from '../words.ts'

export const tasks: Words['tasks'] = {
  title: '任务'
}

export const task: Words['task'] = {
  title: '任务'
}
