import type { Words } from '../words.ts'

export const channels: Words['channels'] = {
  title: '渠道'
}
