import { bySecond } from '../shared/price-list.ts'
import type { PriceList } from '../vendor.ts'

export const arkPrices: PriceList = {
  'dreamina-seedance-2-5-260628': {
    // tokens = seconds × width × height × 24 / 1024; for the largest picture of each resolution, and without input videos, whose seconds count too
    source: 'docs.byteplus.com, ModelArk pricing: $10.70 a million tokens, $11.70 at 1080p',
    date: '2026-11',
    hosts: ['bytepluses.com'],
    prices: bySecond('USD', [
      ['480p', '0.107471', { video: false }],
      ['720p', '0.232577', { video: false }],
      ['1080p', '0.57226', { video: false }]
    ])
  }
}
