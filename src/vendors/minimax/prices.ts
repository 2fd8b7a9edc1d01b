import { bySecond } from '../shared/price-list.ts'
import type { PriceList } from '../vendor.ts'

export const minimaxPrices: PriceList = {
  'MiniMax-H3': {
    source: 'platform.minimaxi.com, pricing of H3 in China',
    date: '2026-11',
    hosts: ['minimax.cn', 'minimaxi.com'],
    prices: bySecond('CNY', [
      ['768P', '0.50'],
      ['2K', '0.80']
    ])
  }
}
