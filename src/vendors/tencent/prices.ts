import type { PriceList } from '../vendor.ts'

/** In credits of 1.20 CNY, billed daily: a video of Hunyuan takes 1.5. Those of the general model depend on the resolution. */
export const tencentPrices: PriceList = {
  'hy-video-1.5': {
    source: 'cloud.tencent.com/document/product/1616/118994, as three public documents quote it',
    date: '2026-11',
    hosts: ['tencentcloudapi.com'],
    prices: [{ unit: 'video', amount: '1.80', currency: 'CNY' }]
  }
}
