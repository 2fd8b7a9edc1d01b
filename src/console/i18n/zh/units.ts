import type { Words } from '../words.ts'

export const units: Words['units'] = {
  ms: n => `${n} 毫秒`,
  s: n => `${n} 秒`,
  min: n => `${n} 分`,
  h: n => `${n} 小时`,
  d: n => `${n} 天`,
  bytes: ['B', 'kB', 'MB', 'GB', 'TB'],
  now: '刚刚',
  perSecond: price => `${price} / 秒`,
  perVideo: price => `${price} / 个`
}
