import { bySecond, type Row } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const audio = { audio: true }
const video = { video: true }

const of = (...rows: Row[]): PublishedPrices => ({
  source: 'klingai.com/document-api, price list: units a second, a unit is $0.14',
  date: '2026-11',
  prices: bySecond('USD', rows)
})

const turbo25 = of(['720p', '0.042'], ['1080p', '0.07'])
const two6 = of(
  ['720p', '0.042'],
  ['1080p', '0.07'],
  ['1080p', '0.14', audio],
  ['1080p', '0.168', { ...audio, voice: true }]
)
const three = of(
  ['720p', '0.084'],
  ['1080p', '0.112'],
  ['4k', '0.42'],
  ['720p', '0.126', audio],
  ['1080p', '0.168', audio]
)
const omni = of(
  ['720p', '0.084'],
  ['1080p', '0.112'],
  ['4k', '0.42'],
  // of two matching prices the first counts: with a source video sound costs nothing (kling.md §2.3)
  ['720p', '0.126', video],
  ['1080p', '0.168', video],
  ['720p', '0.112', audio],
  ['1080p', '0.14', audio]
)
const o1 = of(['720p', '0.084'], ['1080p', '0.112'], ['720p', '0.126', video], ['1080p', '0.168', video])

/** Kling's own prices; Cloudsway's are agreed with each customer. */
export const klingPrices: PriceList = {
  'kling-2.5-turbo': turbo25,
  'kling-v2-5-turbo': turbo25,
  'kling-2.6': two6,
  'kling-v2-6': two6,
  'kling-3.0': three,
  'kling-v3': three,
  'kling-3.0-turbo': of(['720p', '0.112'], ['1080p', '0.14']),
  'kling-3.0-omni': omni,
  'kling-v3-omni': omni,
  'kling-o1': o1,
  'kling-video-o1': o1
}
