import { describe, expect, test } from 'vitest'
import { quoteOf } from '../../src/domain/price.ts'
import { recordOf } from '../../src/lib/records.ts'
import { publishedPrices } from '../../src/domain/published-prices.ts'
import type { Billing, Facts, Price, Priced } from '../../src/vendors/vendor.ts'
import { draftOf } from '../support/drafts.ts'
import { channelOf, loadVectors, vendorOf, videoOf, type Vector } from '../support/vectors.ts'

/* A client writes what it likes into metadata. It may make a video dearer, never cheaper than what the vendor is sent. */

const second = (amount: string, when?: Price['when']): Price => ({
  unit: 'second',
  amount,
  currency: 'USD',
  ...(when && { when })
})

const words = ['360p', '480p', '512p', '540p', '720p', '768p', '1080p', '2k', '4k']
const byResolution = words.map((resolution, step) => second(`0.${10 + step}`, { resolution }))

/** Lists that an operator may have typed, for vendors that publish none. */
const lists: Record<string, readonly Price[]> = {
  'a price for everything else that is less': [second('0.01'), ...byResolution],
  'by resolution alone': byResolution,
  'by length, a video': [3, 4, 5, 6, 8, 9, 10, 15].map(seconds => ({
    ...second(`0.${10 + seconds}`, { seconds }),
    unit: 'video'
  })),
  // of two that hold the first counts
  'by switches': [
    second('0.40', { mode: 'pro' }),
    ...['audio', 'video', 'voice', 'image', 'references'].map(name => second('0.30', { [name]: true })),
    second('0.20', { mode: 'std' }),
    second('0.10'),
    second('0.05', { off_peak: true }),
    second('0.05', { service_tier: 'flex' })
  ]
}

const names = [
  'seconds duration durationSeconds duration_seconds n_seconds length frames num_frames fps',
  'n videos num_videos num_outputs sampleCount n_variants',
  'resolution quality size ratio width height mode sound audio generate_audio generateAudio generate_audio_switch',
  'off_peak service_tier image images references video voice video_list voice_list content contents media'
].flatMap(line => line.split(' '))
const values = [0.001, 1, -1, '1p', '0.001s', '1:1']
const places = ['zz', 'input', 'parameters', 'settings', 'video', 'response_format', 'generation_config']

const hostile: Record<string, unknown>[] = [
  { zz: { seconds: 0.0001 } },
  { seconds: 0.001 },
  { frames: 1 },
  { resolution: '1p' },
  ...names.flatMap(name => values.map(value => ({ [name]: value }))),
  ...places.flatMap(place => values.map(value => ({ [place]: Object.fromEntries(names.map(name => [name, value])) })))
  // on top it is the length that is asked for (domain/request.ts)
].filter(more => !('duration' in more))

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const vendor = vendorOf(vendorId)

  test.each(differing(cases).map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    const channel = channelOf(vendor, vector)
    const video = videoOf(vector)
    const published = publishedPrices(vendor.prices, video.model, vendor.baseUrl)
    const tried = [...Object.values(lists), ...(published.length ? [published] : [])]
    const honest = amountsOf(tried, draftOf(vendor, video, channel))
    const cheaper: unknown[] = []
    for (const more of hostile) {
      const submission = vendor.submit(videoOf(withMetadata(vector, more)), channel)
      if (submission.kind === 'refuse') continue
      for (const [number, after] of amountsOf(tried, submission).entries()) {
        const before = honest[number]!
        // nothing is less than unpriced, and unpriced is less than anything: a key with a budget may not have it, one without has it free
        if (before !== null && (after ?? 0) < before) cheaper.push({ more, before, after })
      }
    }
    expect(cheaper).toEqual([])
  })
})

/** The case with more in its metadata; what it says itself is what is sent. */
function withMetadata(vector: Vector, more: Record<string, unknown>): Vector {
  const { request } = vector
  return { ...vector, request: request && { ...request, metadata: { ...more, ...recordOf(request.metadata) } } }
}

/** Of the cases with the same model, channel and size the first. vLLM-Omni may be told a length in frames: there `fps` is a part of it. */
function differing(cases: readonly Vector[]): Vector[] {
  const seen = new Set<string>()
  return cases.filter(({ request, reject, signature, steps, channel }) => {
    if (recordOf(request?.metadata).num_frames !== undefined) return false
    const kind = JSON.stringify([request?.model, channel.options, request?.image !== undefined, request?.size])
    if (!request || reject || signature || !steps.some(step => step.do === 'submit') || seen.has(kind)) return false
    seen.add(kind)
    return true
  })
}

/** What a request costs by each of the lists. */
const amountsOf = (lists: readonly (readonly Price[])[], priced: Priced): (number | null)[] =>
  lists.map(prices => quoteOf(prices, priced)?.amount ?? null)

describe('a setting that the statement does not cover', () => {
  const billing: Billing = { videos: 1, image: false, references: false, seconds: 5, resolution: '720p' }
  const prices = [second('0.10'), second('0.20', { quality: 'high' }), second('0.05', { quality: 'low' })]
  const amount = (unstated: Facts, stated: Facts = {}) =>
    quoteOf(prices, { billing: { ...billing, ...stated }, unstated })?.amount

  test.each<[string, Facts, number]>([
    ['is nothing', {}, 500_000],
    ['makes it more expensive', { quality: 'high' }, 1_000_000],
    ['does not make it cheaper', { quality: 'low' }, 500_000],
    ['makes it longer', { seconds: 10 }, 1_000_000],
    ['has no price of its own', { quality: 'odd', resolution: '8k' }, 500_000]
  ])('%s', (_, unstated, expected) => {
    expect(amount(unstated)).toBe(expected)
  })

  test('a stated one does make it cheaper: it is what is sent', () => {
    expect(amount({}, { quality: 'low' })).toBe(250_000)
  })

  test('a value that the adapter does not know may make it more expensive too', () => {
    const rows = [second('0.10', { resolution: '720p' }), second('0.90', { resolution: '8k' })]
    expect(quoteOf(rows, { billing, unstated: { resolution: '8k' } })?.amount).toBe(4_500_000)
    expect(quoteOf(rows, { billing, unstated: { resolution: '1p' } })?.amount).toBe(500_000)
  })

  test('in other money than the stated price it leaves both open', () => {
    const rows = [second('0.10'), { ...second('0.20', { quality: 'high' }), currency: 'CNY' }]
    expect(quoteOf(rows, { billing, unstated: { quality: 'high' } })).toBeNull()
  })

  test('where no length is known none is made up', () => {
    const unmeasured: Billing = { videos: 1, image: false, references: false }
    expect(quoteOf([second('0.10')], { billing: unmeasured, unstated: { seconds: 0.001, frames: 3 } })).toBeNull()
  })
})
