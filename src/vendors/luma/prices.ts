import type { PriceList } from '../vendor.ts'

/** Prices of the Agents API. */
export const lumaPrices: PriceList = {
  'ray-3.2': {
    source: 'docs.agents.lumalabs.ai, pricing: a video of 5 seconds',
    date: '2026-11',
    prices: [
      { unit: 'video', amount: '0.30', currency: 'USD', when: { resolution: '720p', seconds: 5 } },
      { unit: 'video', amount: '1.20', currency: 'USD', when: { resolution: '1080p', seconds: 5 } }
    ]
  }
}
