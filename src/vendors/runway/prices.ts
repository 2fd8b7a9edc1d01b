import type { PriceList, PublishedPrices } from '../vendor.ts'

const of = (amount: string): PublishedPrices => ({
  source: 'docs.dev.runwayml.com, pricing: credits a second, a credit is $0.01',
  date: '2026-11',
  prices: [{ unit: 'second', amount, currency: 'USD' }]
})

export const runwayPrices: PriceList = { 'gen4.5': of('0.12'), gen4_turbo: of('0.05') }
