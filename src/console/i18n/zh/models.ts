import type { Words } from '../words.ts'

export const models: Words['models'] = {
  title: '模型与价格'
}
