import { bySecond } from '../shared/price-list.ts'
import type { PriceList } from '../vendor.ts'

// the seconds of input videos are billed too
const video = false

export const minimaxPrices: PriceList = {
  'MiniMax-H3': {
    source: 'platform.minimax.io/docs/guides/pricing-paygo, as two public documents of 2026-09 and 2026-10 quote it',
    date: '2026-10',
    hosts: ['minimax.io'],
    prices: bySecond('USD', [
      ['768P', '0.08', { video }],
      ['2K', '0.13', { video }]
    ]),
    elsewhere: {
      source: 'platform.minimaxi.com, pricing of H3 in China',
      date: '2026-11',
      hosts: ['minimax.cn', 'minimaxi.com'],
      prices: bySecond('CNY', [
        ['768P', '0.50', { video }],
        ['2K', '0.80', { video }]
      ])
    }
  }
}
