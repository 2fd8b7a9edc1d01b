import { bySecond } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const wan3 = (small: string, middle: string, large: string): PublishedPrices => ({
  source: 'alibabacloud.com, Model Studio pricing, international',
  date: '2026-11',
  hosts: ['dashscope-intl.aliyuncs.com', 'ap-southeast-1.maas.aliyuncs.com'],
  prices: bySecond('USD', [
    ['480P', small],
    ['720P', middle],
    ['1080P', large]
  ])
})

export const dashscopePrices: PriceList = {
  'wan3.0-video': wan3('0.05', '0.10', '0.20'),
  'wan3.0-video-prime': wan3('0.068', '0.14', '0.28')
}
