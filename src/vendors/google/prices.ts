import type { PriceList } from '../vendor.ts'

/** Prices of the Gemini API. */
export const geminiPrices: PriceList = {
  'gemini-omni-1.1-flash': {
    source: 'ai.google.dev, pricing: 5792 tokens a second at 720p, $17.50 a million',
    date: '2026-11',
    prices: [{ unit: 'second', amount: '0.10136', currency: 'USD', when: { resolution: '720p' } }]
  }
}
