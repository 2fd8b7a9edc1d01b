import { recordOf } from '../../lib/records.ts'
import { table } from '../../lib/table.ts'
import type { Honoured } from '../shared/check.ts'
import type { ModelSpec } from '../vendor.ts'

/* Seedance models. Source: Volcengine Ark and BytePlus ModelArk, video generation API and model list (others.md §3). */

export interface ArkModel extends ModelSpec {
  honoured: readonly Honoured[]
  /** with a first frame the only ratio is `adaptive` */
  adaptiveFrames?: boolean
}

export const arkRatios = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const
export const arkResolutions = ['480p', '720p', '1080p', '4k'] as const

const common = { ratios: arkRatios, defaultSeconds: 5 } as const
const hd = { resolutions: ['480p', '720p', '1080p'] } as const
const small = { resolutions: ['480p', '720p'] } as const
const frames = { images: ['first', 'last'] } as const
const references = { images: ['first', 'last', 'reference'] } as const

/** 1.x accepts a seed, later ones do not */
const one = { ...common, ...hd, audio: false, honoured: ['seed', 'user', 'size'] } as const
const two = { ...common, audio: true, choosesSeconds: true, honoured: ['user', 'size'] } as const

const seedance = {
  'seedance-2-5-260628': {
    ...two,
    ...hd,
    ...references,
    seconds: { min: 4, max: 30 },
    maxReferences: 30,
    adaptiveFrames: true
  },
  'seedance-2-0-260128': {
    ...two,
    ...references,
    resolutions: arkResolutions,
    seconds: { min: 4, max: 15 },
    maxReferences: 9
  },
  'seedance-2-0-fast-260128': { ...two, ...small, ...references, seconds: { min: 4, max: 15 }, maxReferences: 9 },
  'seedance-2-0-mini-260615': { ...two, ...small, ...references, seconds: { min: 4, max: 15 }, maxReferences: 9 },
  'seedance-1-5-pro-251215': {
    ...one,
    ...frames,
    audio: true,
    choosesSeconds: true,
    seconds: { min: 4, max: 12 }
  },
  'seedance-1-0-pro-250528': { ...one, ...frames, seconds: { min: 2, max: 12 } },
  'seedance-1-0-pro-fast-251015': { ...one, images: ['first'], seconds: { min: 2, max: 12 } },
  'seedance-1-0-lite-t2v-250428': { ...one, images: [], seconds: { min: 2, max: 12 } },
  'seedance-1-0-lite-i2v-250428': { ...one, ...references, seconds: { min: 2, max: 12 }, maxReferences: 4 }
} as const satisfies Record<string, ArkModel>

/** `doubao-` in China; `dreamina-` (2.x) and plain (1.x) abroad. */
export const arkModels: Record<string, ArkModel> = Object.fromEntries(
  Object.entries(seedance).flatMap(([name, spec]) => [
    [`doubao-${name}`, spec],
    [name.startsWith('seedance-1') ? name : `dreamina-${name}`, spec]
  ])
)

/** By name without its maker and date: later dates and plans' names (`doubao-seedance-2.0`) are held to the model's rules. */
const families = table<ArkModel>(
  Object.fromEntries(Object.entries(seedance).map(([name, spec]) => [name.replace(/-\d{6}$/, ''), spec]))
)

/** An inference endpoint (`ep-…`) or an unlisted model: only the general rules. */
const unknownArkModel: ArkModel = {
  images: references.images,
  choosesSeconds: true,
  honoured: ['seed', 'user', 'size']
}

/** Returns the rules of a model. `rules`: the model behind a name, as the operator says. */
export function arkModel(name: string, rules: unknown): ArkModel {
  const behind = recordOf(rules)
  const told = Object.hasOwn(behind, name) ? String(behind[name]) : name
  const family = told
    .toLowerCase()
    .replaceAll('.', '-')
    .replace(/^.*(?=seedance-)/, '')
    .replace(/-\d{6}$/, '')
  return (Object.hasOwn(arkModels, told) ? arkModels[told] : families[family]) ?? unknownArkModel
}
