import { bySecond } from '../shared/price-list.ts'
import type { PriceList } from '../vendor.ts'

/** Sound costs nothing. What `qhd` and `uhd` cost is not known from a document. */
export const bflPrices: PriceList = {
  'flux-3-video': {
    source:
      'docs.bfl.ai/quick_start/pricing: 17 and 29 credits a second, to continue a video 41 and 53; a credit is $0.01',
    date: '2026-11',
    prices: bySecond('USD', [
      ['hd', '0.41', { video: true }],
      ['fhd', '0.53', { video: true }],
      ['hd', '0.17', { video: false }],
      ['fhd', '0.29', { video: false }]
    ])
  }
}
