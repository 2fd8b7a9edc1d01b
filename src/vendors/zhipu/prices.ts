import type { PriceList, PublishedPrices } from '../vendor.ts'

const perVideo = (amount: string, currency: string, source: string, host: string): PublishedPrices => ({
  source,
  date: '2026-11',
  hosts: [host],
  prices: [{ unit: 'video', amount, currency }]
})

/** A video of a model costs the same in every size and length. The two platforms have prices of their own. */
export const zhipuPrices: PriceList = {
  'cogvideox-3': perVideo('0.20', 'USD', 'docs.z.ai/guides/video/cogvideox-3', 'z.ai'),
  'cogvideox-2': perVideo('0.50', 'CNY', 'docs.bigmodel.cn, guide of CogVideoX-2', 'bigmodel.cn'),
  'vidu2-image': perVideo('0.20', 'USD', 'docs.z.ai/guides/video/vidu2', 'z.ai'),
  'vidu2-start-end': perVideo('0.20', 'USD', 'docs.z.ai/guides/video/vidu2', 'z.ai')
}
