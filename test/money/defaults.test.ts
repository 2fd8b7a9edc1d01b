import { describe, expect, test } from 'vitest'
import { decimalPattern, toDecimal } from '../../src/lib/money.ts'
import { everyPrice, publishedPrices } from '../../src/domain/published-prices.ts'
import { quoteOf } from '../../src/domain/price.ts'
import { toVideoRequest } from '../../src/domain/request.ts'
import { vendors } from '../../src/vendors/index.ts'
import { draftOf } from '../support/drafts.ts'
import { unifiedOf } from '../support/vectors.ts'

/** What a request to a model costs by the published prices. */
function cost(vendorId: string, model: string, asked: Record<string, unknown>, baseUrl = vendors[vendorId]!.baseUrl) {
  const vendor = vendors[vendorId]!
  const video = toVideoRequest(unifiedOf({ model, prompt: 'a cat', ...asked }), model)
  const channel = { baseUrl, credential: {}, options: vendorId === 'cloudsway' ? { endpoint_path: 'EP' } : {} }
  const found = quoteOf(publishedPrices(vendor.prices, model, baseUrl), draftOf(vendor, video, channel))
  return found && `${toDecimal(found.amount)} ${found.currency}`
}

const hd = { size: '1920x1080' }
const image = 'https://example.com/cat.png'

describe('published prices', () => {
  const all = Object.entries(vendors).flatMap(([vendor, { prices }]) =>
    everyPrice(prices).map(([model, known]) => ({ vendor, model, ...known }))
  )

  test.each(all)(
    '$vendor $model has a source, a date, and prices that can be read',
    ({ vendor, model, source, date, prices }) => {
      expect(Object.keys(vendors[vendor]!.models)).toContain(model)
      expect(source.length).toBeGreaterThan(10)
      expect(date).toMatch(/^20\d\d-\d\d$/)
      for (const { amount, currency, when = {} } of prices) {
        expect(amount).toMatch(decimalPattern)
        expect(currency).toMatch(/^[A-Z]{3}$/)
        const { resolution } = when
        const known = vendors[vendor]!.models[model]!.resolutions
        if (resolution !== undefined && known)
          expect(known.map(name => name.toLowerCase())).toContain(String(resolution).toLowerCase())
      }
    }
  )

  test.each<[string, string, Record<string, unknown>, string | null]>([
    // kling.md §7: 0.6 units a second at 720p, a unit is $0.14
    ['kling', 'kling-3.0', { seconds: 5 }, '0.42 USD'],
    ['kling', 'kling-3.0', {}, '0.42 USD'],
    ['kling', 'kling-3.0', { seconds: 10, ...hd }, '1.12 USD'],
    ['kling', 'kling-3.0', { seconds: 10, ...hd, metadata: { audio: 'native' } }, '1.68 USD'],
    ['kling', 'kling-3.0', { seconds: 10, ...hd, metadata: { audio: 'off' } }, '1.12 USD'],
    ['kling', 'kling-v3', { seconds: 5, metadata: { mode: '4k' } }, '2.10 USD'],
    ['kling', 'kling-v3', { seconds: 5, metadata: { mode: 'pro', sound: 'on' } }, '0.84 USD'],
    ['kling', 'kling-v2-5-turbo', { seconds: 10 }, '0.42 USD'],
    ['kling', 'kling-v2-6', { metadata: { mode: 'pro', sound: 'on', voice_list: [{ voice_id: 'v' }] } }, '0.84 USD'],
    ['kling', 'kling-video-o1', { seconds: 5 }, '0.56 USD'],
    ['kling', 'kling-v1', { seconds: 5 }, null],
    ['kling', 'constructor', { seconds: 5 }, null],
    ['vidu', 'viduq3-pro', { seconds: 5, metadata: { resolution: '720p' } }, '0.50 USD'],
    ['vidu', 'viduq3-pro', { seconds: 5, metadata: { resolution: '720p', off_peak: true } }, '0.25 USD'],
    // no resolution named: the most it can be
    ['vidu', 'viduq3-pro', { seconds: 5 }, '0.60 USD'],
    ['vidu', 'viduq1', {}, '0.40 USD'],
    ['xai', 'grok-imagine-video-1.5', { seconds: 10, ...hd }, '2.50 USD'],
    ['xai', 'grok-imagine-video-1.5', {}, '0.64 USD'],
    ['xai', 'grok-imagine-video', { seconds: 10, size: '1280x720' }, '0.70 USD'],
    ['xai', 'grok-imagine-video-1.5-lite', { seconds: 10, ...hd }, '1.40 USD'],
    ['bfl', 'flux-3-video', { seconds: 5, size: '1280x720' }, '0.85 USD'],
    // as long as the content needs: at most 20 seconds
    ['bfl', 'flux-3-video', {}, '3.40 USD'],
    ['bfl', 'flux-3-video', { seconds: 15, ...hd, metadata: { start_video: image } }, '7.95 USD'],
    ['bfl', 'flux-3-video', { seconds: 5, size: '3840x2160' }, null],
    ['runway', 'gen4.5', { size: '1280x720' }, '0.60 USD'],
    ['runway', 'gen4_turbo', { seconds: 10, image, size: '1280x720' }, '0.50 USD'],
    ['ltx', 'ltx-2-5-pro', { seconds: 8, size: '2160x3840' }, '3.12 USD'],
    ['luma', 'ray-3.2', { seconds: 5, size: '1280x720' }, '0.30 USD'],
    ['luma', 'ray-3.2', { seconds: 10, size: '1280x720' }, null],
    ['gemini', 'gemini-omni-1.1-flash', { seconds: 10 }, '1.0136 USD'],
    ['gemini', 'veo-3.1-generate-preview', { seconds: 8, size: '1280x720' }, '3.20 USD'],
    ['gemini', 'veo-3.1-fast-generate-preview', { seconds: 8, size: '1280x720' }, null],
    ['vertex', 'veo-3.1-generate-001', { seconds: 8, ...hd }, '3.20 USD'],
    ['vertex', 'veo-3.1-generate-001', { seconds: 8, ...hd, audio: false }, '1.60 USD'],
    ['vertex', 'veo-3.1-fast-generate-001', { seconds: 4, size: '3840x2160' }, '1.20 USD'],
    // no resolution named: the most it can be
    ['vertex', 'veo-3.1-lite-generate-001', {}, '0.64 USD'],
    [
      'vertex',
      'veo-3.1-lite-generate-001',
      { seconds: 4, size: '1280x720', metadata: { generateAudio: false } },
      '0.12 USD'
    ],
    ['dashscope', 'wan3.0-video', { seconds: 10, ...hd }, '2.00 USD']
  ])('%s %s %j costs %s', (vendor, model, asked, expected) => {
    expect(cost(vendor, model, asked)).toBe(expected)
  })

  test('hold only where they are charged: China and the world have prices of their own', () => {
    const asked = { seconds: 5, metadata: { resolution: '768P' } }
    expect(cost('minimax', 'MiniMax-H3', asked, 'https://api.minimaxi.com')).toBe('2.50 CNY')
    expect(cost('minimax', 'MiniMax-H3', asked, 'https://api.minimax.io')).toBe('0.40 USD')
    expect(cost('minimax', 'MiniMax-H3', asked, 'https://notminimaxi.com')).toBeNull()
    expect(cost('minimax', 'MiniMax-H3', asked, 'https://notminimax.io')).toBeNull()
    const seedance = { seconds: 5, metadata: { resolution: '720p' } }
    expect(
      cost('ark', 'dreamina-seedance-2-5-260628', seedance, 'https://ark.ap-southeast.bytepluses.com/api/v3')
    ).toBe('1.162885 USD')
  })

  test('a list without input videos prices no request with one: its seconds are billed, too', () => {
    const content = [{ type: 'video_url', role: 'reference_video', video_url: { url: 'https://example.com/cat.mp4' } }]
    const asked = { seconds: 5, metadata: { resolution: '720p', content } }
    const address = 'https://ark.ap-southeast.bytepluses.com/api/v3'
    expect(cost('ark', 'dreamina-seedance-2-5-260628', asked, address)).toBeNull()
  })
})

describe('what is billed', () => {
  const billing = (asked: Record<string, unknown>, model = 'kling-v1') => {
    const vendor = vendors.cloudsway!
    const video = toVideoRequest(unifiedOf({ model, prompt: 'p', ...asked }), model)
    const channel = { baseUrl: vendor.baseUrl, credential: {}, options: { endpoint_path: 'EP', strict: false } }
    return draftOf(vendor, video, channel).billing
  }

  test('is what would be sent', () => {
    expect(billing({ ...hd, seconds: 10 })).toMatchObject({
      resolution: '1080p',
      mode: 'pro',
      audio: false,
      seconds: 10,
      image: false
    })
    expect(billing({ image })).toMatchObject({ seconds: 5, resolution: '720p', image: true })
  })

  test('metadata that overrules a field overrules its price too', () => {
    expect(billing({ size: '640x360', metadata: { mode: 'pro' } })).toMatchObject({
      mode: 'pro',
      resolution: '1080p'
    })
    expect(billing({ seconds: 5, metadata: { duration: '10' } }).seconds).toBe(5)
    expect(billing({ metadata: { duration: '10' } }).seconds).toBe(10)
  })

  test('a model of unknown length has none', () => {
    expect(billing({}, 'somebody-elses-model').seconds).toBeUndefined()
  })
})
