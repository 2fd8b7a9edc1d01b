import type { Honoured } from '../shared/check.ts'
import { table } from '../../lib/table.ts'
import type { ImageRole, ModelSpec } from '../vendor.ts'

/* Source: Model Studio, Wan and HappyHorse video API references (others.md §5). */

export interface DashscopeModel extends ModelSpec {
  /**
   * `size`: `1280*720`; `resolution`: a resolution alone, the first frame sets the ratio; `ratio`: a resolution and a ratio;
   * `mode`: Kling's words, `std` or `pro` and an aspect ratio
   */
  shape: 'size' | 'resolution' | 'ratio' | 'mode'
  /** the field for images: up to 2.6 one for each kind, from 2.7 on `media` */
  takes: 'img_url' | 'frame_urls' | 'reference_urls' | 'media'
  honoured: readonly Honoured[]
  /** the types of images in `media`, where they differ from Wan's */
  mediaTypes?: Partial<Record<ImageRole, string>>
  /** sizes are not listed: one in pixels is sent as it is */
  anySize?: true
  /** with frames there is no ratio to set */
  framesSetRatio?: true
  /** the required image */
  needs?: 'first' | 'reference'
}

/** The sizes of models that take pixels; a model's largest tier is its default. */
export const sizes = table<Record<string, string>>({
  '480P': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
  '720P': { '16:9': '1280*720', '9:16': '720*1280', '1:1': '960*960', '4:3': '1088*832', '3:4': '832*1088' },
  '1080P': { '16:9': '1920*1080', '9:16': '1080*1920', '1:1': '1440*1440', '4:3': '1632*1248', '3:4': '1248*1632' }
})

const wan3Ratios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const
export const ratios = ['16:9', '9:16', '1:1', '4:3', '3:4'] as const

const all = ['seed', 'negative_prompt', 'size'] as const
const text = { shape: 'size', takes: 'media', honoured: all, images: [], ratios, defaultSeconds: 5 } as const
const frame = {
  shape: 'resolution',
  takes: 'img_url',
  honoured: all,
  images: ['first'],
  needs: 'first',
  defaultSeconds: 5
} as const
const frames = { ...frame, takes: 'frame_urls', images: ['first', 'last'], audio: false, seconds: [5] } as const
const references = {
  ...text,
  takes: 'reference_urls',
  images: ['reference'],
  needs: 'reference',
  maxReferences: 5
} as const
const seven = { takes: 'media', audio: true, resolutions: ['720P', '1080P'], promptLimit: 5000 } as const
const horse = {
  ...text,
  shape: 'ratio',
  audio: true,
  resolutions: ['720P', '1080P'],
  seconds: { min: 3, max: 15 },
  honoured: ['seed', 'size']
} as const
const wan3 = {
  shape: 'ratio',
  takes: 'media',
  honoured: ['seed', 'size'],
  images: ['first', 'last', 'reference'],
  maxReferences: 10,
  seconds: { min: 2, max: 30 },
  defaultSeconds: 5,
  ratios: wan3Ratios,
  resolutions: ['480P', '720P', '1080P'],
  audio: true,
  promptLimit: 20_000
} as const

const six = { resolutions: ['720P', '1080P'], audio: true, promptLimit: 1500 } as const
const five = { resolutions: ['480P', '720P', '1080P'], seconds: [5, 10], audio: true, promptLimit: 1500 } as const
const old = { seconds: [5], audio: false, promptLimit: 800 } as const
const twoToFifteen = { seconds: { min: 2, max: 15 } } as const
const twoToTen = { seconds: { min: 2, max: 10 } } as const

export const dashscopeModels = table<DashscopeModel>({
  'wan3.0-video': wan3,
  'wan3.0-video-prime': wan3,
  'wan2.7-t2v': { ...text, ...seven, ...twoToFifteen, shape: 'ratio' },
  'wan2.7-i2v': { ...frame, ...seven, ...twoToFifteen, images: ['first', 'last'] },
  'wan2.7-r2v': {
    ...references,
    ...seven,
    ...twoToTen,
    shape: 'ratio',
    images: ['first', 'reference'],
    plainImages: 'reference'
  },
  'wan2.6-t2v': { ...text, ...six, ...twoToFifteen },
  'wan2.6-i2v': { ...frame, ...six, ...twoToFifteen },
  'wan2.6-i2v-flash': { ...frame, ...six, ...twoToFifteen },
  'wan2.6-r2v': { ...references, ...six, ...twoToTen },
  'wan2.6-r2v-flash': { ...references, ...six, ...twoToTen },
  'wan2.5-t2v-preview': { ...text, ...five },
  'wan2.5-i2v-preview': { ...frame, ...five },
  'wan2.2-t2v-plus': { ...text, ...old, resolutions: ['480P', '1080P'] },
  'wan2.2-i2v-plus': { ...frame, ...old, resolutions: ['480P', '1080P'] },
  'wan2.2-i2v-flash': { ...frame, ...old, resolutions: ['480P', '720P', '1080P'] },
  'wan2.2-kf2v-flash': { ...frames, promptLimit: 800, resolutions: ['480P', '720P', '1080P'] },
  'wan2.1-t2v-turbo': { ...text, ...old, resolutions: ['480P', '720P'] },
  'wan2.1-t2v-plus': { ...text, ...old, resolutions: ['720P'] },
  'wan2.1-i2v-turbo': { ...frame, ...old, seconds: [3, 4, 5], resolutions: ['480P', '720P'] },
  'wan2.1-i2v-plus': { ...frame, ...old, resolutions: ['720P'] },
  'wan2.1-kf2v-plus': { ...frames, promptLimit: 800, resolutions: ['720P'] },
  'happyhorse-1.1-t2v': horse,
  'happyhorse-1.1-i2v': { ...horse, shape: 'resolution', images: ['first'], needs: 'first' },
  'happyhorse-1.1-r2v': { ...horse, images: ['reference'], maxReferences: 9, needs: 'reference' }
})

/** Returns the rules of a model. In China 2.1 is called `wanx2.1`; snapshots have a date, regions a suffix. */
export function modelOf(name: string): DashscopeModel {
  const plain = name
    .replace(/^wanx/, 'wan')
    .replace(/-20\d\d-\d\d-\d\d$/, '')
    .replace(/-us$/, '')
    .replace(/^happyhorse-1\.0/, 'happyhorse-1.1')
  return dashscopeModels[plain] ?? guess(plain)
}

/** Whether `audio` is a parameter: 2.7 and HappyHorse always have sound (others.md §5). */
export const setsSound = (model: string) => !/^wanx?2\.7|^happyhorse|^MiniMax\//.test(model)

const plain = { first: 'image', last: 'image', reference: 'image' } as const

// help.aliyun.com/model-studio, PixVerse and MiniMax video generation, read 2026-11-30; Kling and Vidu: cinience/alicloud-skills, read 2026-11-29
const resold: readonly (readonly [RegExp, Partial<DashscopeModel>])[] = [
  [/^kling\//, { shape: 'mode', ratios: ['16:9', '9:16', '1:1'] }],
  [/^vidu\//, { mediaTypes: plain }],
  [/^pixverse\/.*-it2v/, { ...pixverse(), shape: 'resolution', images: ['first'], mediaTypes: { first: 'image_url' } }],
  [/^pixverse\/.*-kf2v/, { ...pixverse(), shape: 'resolution', images: ['first', 'last'] }],
  [/^pixverse\/.*-r2v/, { ...pixverse(), images: ['reference'], mediaTypes: { reference: 'image_url' } }],
  [/^pixverse\//, { ...pixverse(), images: [] }],
  [
    /^MiniMax\//,
    {
      resolutions: ['768P', '2K'],
      audio: true,
      images: ['first', 'last', 'reference'],
      mediaTypes: { reference: 'image_url' },
      honoured: ['size'],
      framesSetRatio: true,
      promptLimit: 7000
    }
  ]
]

// text and references have a size, frames a resolution
function pixverse() {
  return {
    shape: 'size',
    anySize: true,
    ratios,
    resolutions: ['360P', '540P', '720P', '1080P'],
    honoured: ['seed', 'size']
  } as const
}

// derives the fields from the name of an unlisted model; the vendor enforces the limits
function guess(name: string): DashscopeModel {
  const media = { shape: 'ratio', takes: 'media', honoured: all, ratios: wan3Ratios } as const
  // resold models have their vendors' words
  const [, own] = resold.find(([pattern]) => pattern.test(name)) ?? []
  if (own) return { ...media, ...own }
  if (!/^wan2\.[0-6]/.test(name)) return media
  if (name.includes('kf2v')) return { ...media, shape: 'resolution', takes: 'frame_urls' }
  if (name.includes('i2v')) return { ...media, shape: 'resolution', takes: 'img_url' }
  return { ...media, shape: 'size', takes: 'reference_urls' }
}
