import { bySecond } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const hosts = ['vidu.com']

const of = (...rows: [resolution: string, full: string, offPeak: string][]): PublishedPrices => ({
  source: 'platform.vidu.com/docs/pricing: credits a second, a credit is $0.005',
  date: '2026-11',
  hosts,
  prices: rows.flatMap(([resolution, full, offPeak]) =>
    bySecond('USD', [
      [resolution, full],
      [resolution, offPeak, { off_peak: true }]
    ])
  )
})

export const viduPrices: PriceList = {
  'viduq3-pro': of(['540p', '0.045', '0.025'], ['720p', '0.10', '0.05'], ['1080p', '0.12', '0.06']),
  'viduq3-pro-fast': of(['720p', '0.10', '0.05'], ['1080p', '0.125', '0.065']),
  'viduq3-turbo': of(['540p', '0.035', '0.02'], ['720p', '0.055', '0.03'], ['1080p', '0.065', '0.035']),
  viduq3: of(['540p', '0.035', '0.02'], ['720p', '0.06', '0.03'], ['1080p', '0.075', '0.035']),
  'viduq3-mix': of(['720p', '0.12', '0.12'], ['1080p', '0.145', '0.145']),
  viduq1: {
    source: 'platform.vidu.com/docs/pricing: 80 credits for 5 seconds, a credit is $0.005',
    date: '2026-11',
    hosts,
    prices: [{ unit: 'video', amount: '0.40', currency: 'USD', when: { resolution: '1080p', seconds: 5 } }]
  }
}
