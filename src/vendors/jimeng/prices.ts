import { bySecond } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

const list = (...rows: [resolution: string, amount: string][]): PublishedPrices => ({
  source: 'price list of Jimeng AI (console.volcengine.com), as three public clients of it quote it',
  date: '2026-11',
  hosts: ['volcengineapi.com'],
  prices: bySecond('CNY', rows)
})

const small = list(['720p', '0.28'])
const large = list(['1080p', '0.63'])
const pro = list(['1080p', '1.00'])

export const jimengPrices: PriceList = {
  jimeng_t2v_v30: small,
  jimeng_i2v_first_v30: small,
  jimeng_i2v_first_tail_v30: small,
  jimeng_t2v_v30_1080p: large,
  jimeng_i2v_first_v30_1080: large,
  jimeng_i2v_first_tail_v30_1080: large,
  jimeng_ti2v_v30_pro: pro,
  jimeng_v30: list(['720p', '0.28'], ['1080p', '0.63']),
  jimeng_v30_1080p: large,
  jimeng_v30_pro: pro
}
