import type { Price } from '../db/schema.ts'
import type { Facts } from '../domain/price.ts'

/* What vendors publish, so that an estimate is possible before an operator has typed a price. PUT /admin/models overrules all of it. */

export interface DefaultPrice {
  /** which document says so, and when it was read */
  source: string
  date: string
  /** only for channels at these hosts (or below them): the vendor charges otherwise elsewhere; absent: everywhere */
  hosts?: readonly string[]
  prices: readonly Price[]
  /** what the model makes of a request that leaves something out, where it differs from its vendor's other models */
  assumes?: Facts
}

/** What a vendor makes of a request that leaves something out, so far as that changes the price. */
export const assumptions: Readonly<Record<string, Facts>> = {
  // kling.md §2.1, §3.1: 720p (std), silent
  kling: { resolution: '720p', audio: false, video: false, voice: false },
  cloudsway: { resolution: '720p', audio: false, video: false, voice: false },
  // vidu.md §3: not off-peak unless asked
  vidu: { off_peak: false },
  // docs.x.ai, video guide: resolution, default 480p
  xai: { resolution: '480p' },
  // ai.google.dev, Interactions: response_format.resolution, default 720p
  gemini: { resolution: '720p' }
}

/** By vendor, then by the vendor's name for the model. Surcharges for options that no one here asks by name are not in it. */
export const defaultPrices: Readonly<Record<string, Readonly<Record<string, DefaultPrice>>>> = {
  kling: kling(),
  vidu: vidu(),
  xai: {
    'grok-imagine-video': xai([['480p', '0.05']]),
    'grok-imagine-video-1.5': xai([
      ['480p', '0.08'],
      ['720p', '0.14'],
      ['1080p', '0.25']
    ])
  },
  runway: {
    'gen4.5': runway('0.12'),
    gen4_turbo: runway('0.05')
  },
  luma: {
    'ray-3.2': {
      source: 'docs.agents.lumalabs.ai, pricing: a video of 5 seconds',
      date: '2026-11',
      prices: [
        { unit: 'video', amount: '0.30', currency: 'USD', when: { resolution: '720p', seconds: 5 } },
        { unit: 'video', amount: '1.20', currency: 'USD', when: { resolution: '1080p', seconds: 5 } }
      ]
    }
  },
  gemini: {
    'gemini-omni-1.1-flash': {
      source: 'ai.google.dev, pricing: 5792 tokens a second at 720p, $17.50 a million',
      date: '2026-11',
      prices: [{ unit: 'second', amount: '0.10136', currency: 'USD', when: { resolution: '720p' } }]
    }
  },
  minimax: {
    'MiniMax-H3': {
      source: 'platform.minimaxi.com, pricing of H3 in China',
      date: '2026-11',
      hosts: ['minimax.cn', 'minimaxi.com'],
      prices: bySecond('CNY', [
        ['768P', '0.50'],
        ['2K', '0.80']
      ])
    }
  },
  dashscope: {
    'wan3.0-video': wan3('0.05', '0.10', '0.20'),
    'wan3.0-video-prime': wan3('0.068', '0.14', '0.28')
  },
  ark: {
    'dreamina-seedance-2-5-260628': {
      // tokens = seconds × width × height × 24 / 1024; the largest picture of each resolution, without videos as input
      source: 'docs.byteplus.com, ModelArk pricing: $10.70 a million tokens, $11.70 at 1080p',
      date: '2026-11',
      hosts: ['bytepluses.com'],
      prices: bySecond('USD', [
        ['480p', '0.107471'],
        ['720p', '0.232577'],
        ['1080p', '0.57226']
      ])
    }
  }
}

/** The published prices of a model as this channel buys it; none: nobody has told us. */
export function defaultsFor(vendor: string, upstreamModel: string, baseUrl: string): readonly Price[] {
  const known = lookUp(lookUp(defaultPrices, vendor), upstreamModel)
  if (!known) return []
  const { hostname } = new URL(baseUrl)
  const here = !known.hosts || known.hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  return here ? known.prices : []
}

/** What the vendor makes of a request to this model that leaves something out. */
export function assumptionsFor(vendor: string, upstreamModel: string): Facts {
  return { ...lookUp(assumptions, vendor), ...lookUp(lookUp(defaultPrices, vendor), upstreamModel)?.assumes }
}

// names come from outside: `constructor` is no vendor
function lookUp<Value>(table: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined
}

type Row = readonly [resolution: string, amount: string, when?: Facts]

function bySecond(currency: string, rows: readonly Row[]): Price[] {
  return rows.map(([resolution, amount, when]) => ({ unit: 'second', amount, currency, when: { resolution, ...when } }))
}

function kling(): Record<string, DefaultPrice> {
  const audio = { audio: true }
  const video = { video: true }
  const of = (...rows: Row[]): DefaultPrice => ({
    source: 'klingai.com/document-api, price list: units a second, a unit is $0.14',
    date: '2026-11',
    prices: bySecond('USD', rows)
  })
  const turbo25 = of(['720p', '0.042'], ['1080p', '0.07'])
  const two6 = of(
    ['720p', '0.042'],
    ['1080p', '0.07'],
    ['1080p', '0.14', audio],
    ['1080p', '0.168', { ...audio, voice: true }]
  )
  const three = of(
    ['720p', '0.084'],
    ['1080p', '0.112'],
    ['4k', '0.42'],
    ['720p', '0.126', audio],
    ['1080p', '0.168', audio]
  )
  const omni = of(
    ['720p', '0.084'],
    ['1080p', '0.112'],
    ['4k', '0.42'],
    ['720p', '0.112', audio],
    ['1080p', '0.14', audio],
    ['720p', '0.126', video],
    ['1080p', '0.168', video]
  )
  const o1 = of(['720p', '0.084'], ['1080p', '0.112'], ['720p', '0.126', video], ['1080p', '0.168', video])
  // kling.md §3.3: mode, default pro
  const pro = { assumes: { resolution: '1080p' } }
  return {
    'kling-2.5-turbo': turbo25,
    'kling-v2-5-turbo': turbo25,
    'kling-2.6': two6,
    'kling-v2-6': two6,
    'kling-3.0': three,
    'kling-v3': three,
    'kling-3.0-turbo': of(['720p', '0.112'], ['1080p', '0.14']),
    'kling-3.0-omni': omni,
    'kling-v3-omni': { ...omni, ...pro },
    'kling-o1': o1,
    'kling-video-o1': { ...o1, ...pro }
  }
}

function vidu(): Record<string, DefaultPrice> {
  const of = (...rows: [resolution: string, full: string, offPeak: string][]): DefaultPrice => ({
    source: 'platform.vidu.com/docs/pricing: credits a second, a credit is $0.005',
    date: '2026-11',
    hosts: ['vidu.com'],
    prices: rows.flatMap(([resolution, full, offPeak]) =>
      bySecond('USD', [
        [resolution, full],
        [resolution, offPeak, { off_peak: true }]
      ])
    )
  })
  return {
    'viduq3-pro': of(['540p', '0.045', '0.025'], ['720p', '0.10', '0.05'], ['1080p', '0.12', '0.06']),
    'viduq3-pro-fast': of(['720p', '0.10', '0.05'], ['1080p', '0.125', '0.065']),
    'viduq3-turbo': of(['540p', '0.035', '0.02'], ['720p', '0.055', '0.03'], ['1080p', '0.065', '0.035']),
    viduq3: of(['540p', '0.035', '0.02'], ['720p', '0.06', '0.03'], ['1080p', '0.075', '0.035']),
    'viduq3-mix': of(['720p', '0.12', '0.12'], ['1080p', '0.145', '0.145']),
    viduq1: {
      source: 'platform.vidu.com/docs/pricing: 80 credits for 5 seconds, a credit is $0.005',
      date: '2026-11',
      hosts: ['vidu.com'],
      prices: [{ unit: 'video', amount: '0.40', currency: 'USD', when: { resolution: '1080p', seconds: 5 } }]
    }
  }
}

function xai(rows: readonly Row[]): DefaultPrice {
  return { source: 'docs.x.ai, models and pricing', date: '2026-11', prices: bySecond('USD', rows) }
}

function runway(amount: string): DefaultPrice {
  return {
    source: 'docs.dev.runwayml.com, pricing: credits a second, a credit is $0.01',
    date: '2026-11',
    prices: [{ unit: 'second', amount, currency: 'USD' }]
  }
}

function wan3(small: string, middle: string, large: string): DefaultPrice {
  return {
    source: 'alibabacloud.com, Model Studio pricing, international',
    date: '2026-11',
    hosts: ['dashscope-intl.aliyuncs.com', 'ap-southeast-1.maas.aliyuncs.com'],
    prices: bySecond('USD', [
      ['480P', small],
      ['720P', middle],
      ['1080P', large]
    ])
  }
}
