import type { Words } from '../words.ts'

export const usage: Words['usage'] = {
  title: '用量'
}
