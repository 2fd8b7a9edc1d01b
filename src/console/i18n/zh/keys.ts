import type { Words } from '../words.ts'

export const keys: Words['keys'] = {
  title: '密钥'
}
