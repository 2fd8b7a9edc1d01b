import { bySecond, type Row } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const of = (...rows: Row[]): PublishedPrices => ({
  source: 'docs.x.ai, models and pricing',
  date: '2026-11',
  prices: bySecond('USD', rows)
})

export const xaiPrices: PriceList = {
  'grok-imagine-video': of(['480p', '0.05']),
  'grok-imagine-video-1.5': of(['480p', '0.08'], ['720p', '0.14'], ['1080p', '0.25'])
}
