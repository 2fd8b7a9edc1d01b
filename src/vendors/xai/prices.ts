import { bySecond, type Row } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const of = (...rows: Row[]): PublishedPrices => ({
  source: 'docs.x.ai/developers/models and its page of each model, read 2026-11-30',
  date: '2026-11',
  prices: bySecond('USD', rows)
})

/** Sound costs nothing. Each input image costs $0.01 more ($0.002 with `grok-imagine-video`), a second of an edited video $0.01. */
export const xaiPrices: PriceList = {
  'grok-imagine-video': of(['480p', '0.05'], ['720p', '0.07']),
  'grok-imagine-video-1.5': of(['480p', '0.08'], ['720p', '0.14'], ['1080p', '0.25']),
  'grok-imagine-video-1.5-lite': of(['480p', '0.02'], ['720p', '0.03'], ['1080p', '0.14'])
}
