import { bySecond, type Row } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const of = (...rows: Row[]): PublishedPrices => ({
  source: 'docs.ltx.video/pricing, as a public wiki had copied it on 2026-08-24',
  date: '2026-08',
  prices: bySecond('USD', rows)
})

// the list of October has only one row of it, that of 4K; its rows of other models are those of August
const ofPro: PublishedPrices = {
  source:
    'docs.ltx.video/pricing, as a public wiki had copied it on 2026-08-24; 4K as a public list had it on 2026-10-07',
  date: '2026-08',
  prices: bySecond('USD', [
    ['720p', '0.12'],
    ['1080p', '0.17'],
    ['4k', '0.39']
  ])
}

// the same for text and image to video; portrait costs what landscape costs
export const ltxPrices: PriceList = {
  'ltx-2-5-fast': of(['720p', '0.09'], ['1080p', '0.13'], ['2k', '0.19'], ['4k', '0.30']),
  'ltx-2-5-pro': ofPro,
  'ltx-2-3-fast': of(['720p', '0.03'], ['1080p', '0.06'], ['2k', '0.12'], ['4k', '0.24']),
  'ltx-2-3-pro': of(['720p', '0.04'], ['1080p', '0.08'], ['2k', '0.16'], ['4k', '0.32']),
  'ltx-2-fast': of(['1080p', '0.04'], ['2k', '0.08'], ['4k', '0.16']),
  'ltx-2-pro': of(['1080p', '0.06'], ['2k', '0.12'], ['4k', '0.24'])
}
