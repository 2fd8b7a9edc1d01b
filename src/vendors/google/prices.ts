import { bySecond, type Row } from '../shared/price-list.ts'
import type { PriceList, PublishedPrices } from '../vendor.ts'

/** Prices of the Gemini API. Veo always sounds there; of 3.1 Fast and Lite no copy of the page has the prices. */
export const geminiPrices: PriceList = {
  'veo-3.1-generate-preview': {
    source: 'ai.google.dev/gemini-api/docs/pricing, as a public list had transcribed it on 2026-10-07',
    date: '2026-10',
    prices: bySecond('USD', [
      ['720p', '0.40'],
      ['1080p', '0.40'],
      ['4k', '0.60']
    ])
  },
  'gemini-omni-1.1-flash': {
    source: 'ai.google.dev, pricing: 5792 tokens a second at 720p, $17.50 a million',
    date: '2026-11',
    prices: [{ unit: 'second', amount: '0.10136', currency: 'USD', when: { resolution: '720p' } }]
  }
}

// with sound, without it
const veo = (...rows: [resolution: string, sounding: string, silent: string][]): PublishedPrices => ({
  source: 'cloud.google.com/vertex-ai/generative-ai/pricing, as a public client had copied it on 2026-09-08',
  date: '2026-09',
  prices: bySecond(
    'USD',
    rows.flatMap(([resolution, sounding, silent]): Row[] => [
      [resolution, sounding, { audio: true }],
      [resolution, silent, { audio: false }]
    ])
  )
})

/** Prices of Vertex AI. */
export const vertexPrices: PriceList = {
  'veo-3.1-generate-001': veo(['720p', '0.40', '0.20'], ['1080p', '0.40', '0.20'], ['4k', '0.60', '0.40']),
  'veo-3.1-fast-generate-001': veo(['720p', '0.10', '0.08'], ['1080p', '0.12', '0.10'], ['4k', '0.30', '0.25']),
  'veo-3.1-lite-generate-001': veo(['720p', '0.05', '0.03'], ['1080p', '0.08', '0.05'])
}
