import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { tierOf, type Tier } from './size.ts'
import type { Billing, Priced, Fact, Facts, ModelSpec, VideoRequest } from '../vendor.ts'

/* What decides the price of a request. Each vendor states what it sends; what all of them share is here. */

/**
 * Returns what a draft states about its price. `stated`: what the vendor's module knows, undefined when unknown. `sent`: the settings as they
 * go into the body, without prompt and images; those that `stated` does not cover may still raise the price.
 */
export function billed(
  video: VideoRequest,
  stated: Readonly<Record<string, Fact | undefined>>,
  sent: Record<string, unknown>
): Priced {
  const billing: Billing = {
    videos: video.n ?? 1,
    image: video.images.length > 0,
    references: video.images.some(({ role }) => role === 'reference'),
    ...defined(stated)
  }
  return { billing, unstated: unstatedIn(settingsIn(sent), billing) }
}

/** Reads seconds as vendors write them: 5, "5", "5s"; undefined for anything else. */
export function secondsIn(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? seconds : undefined
}

/** The longest video of a model: what one whose length the model chooses may cost; undefined when unknown. */
export function longestSeconds({ seconds }: ModelSpec): number | undefined {
  if (!seconds) return undefined
  return 'max' in seconds ? seconds.max : Math.max(...seconds)
}

/** How long a video is when no length is sent: the model's default, else its longest; undefined when unknown. */
export const usualSeconds = (spec: ModelSpec): number | undefined => spec.defaultSeconds ?? longestSeconds(spec)

/**
 * Returns the first of `words` that is a resolution of the model (for a model without a table: of any model), else its only one. The vendor
 * refuses or ignores any other word, so the next one counts.
 */
export function resolutionAmong(names: readonly string[] = usualNames, ...words: unknown[]): string | undefined {
  const isName = (word: unknown): word is string =>
    typeof word === 'string' && names.some(name => name.toLowerCase() === word.toLowerCase())
  return words.find(isName) ?? (names.length === 1 ? names[0] : undefined)
}

/** Returns the tier of a size such as `1280x720`, `1280*720` or `1280:720`; undefined for anything else. */
export function tierIn(size: unknown): Tier | undefined {
  const sides = sizeIn(size)?.split('x').map(Number)
  return sides && tierOf(sides[0]!, sides[1]!)
}

/** Returns such a size as `1280x720`. */
export function sizeIn(size: unknown): string | undefined {
  const [, width, height] = /^(\d{3,5}) ?[x*×:] ?(\d{3,5})$/i.exec(String(size)) ?? []
  return width && height ? `${width}x${height}` : undefined
}

/** Whether the video has sound: by its setting (anything but false is on), else false for a silent model, else `otherwise`. */
export function audioOf({ audio }: ModelSpec, setting?: unknown, otherwise?: boolean): boolean | undefined {
  if (setting !== undefined && setting !== null) return setting !== false
  return audio === false ? false : otherwise
}

/** Whether a list of typed items contains a video. */
export const hasVideo = (items: unknown): boolean =>
  Array.isArray(items) && items.some(item => isRecord(item) && /video|clip/.test(String(item.type)))

export const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

const usualNames = '360p 480p 512p 540p 720p 768p 1080p 1440p 2160p 1k 2k 4k'.split(' ')

/** Returns the settings of an object and of the objects directly inside it, without long texts: they decide no price. */
function settingsIn(object: Record<string, unknown>): Facts {
  const inner = Object.values(object).filter(isRecord)
  return Object.fromEntries([...inner, object].flatMap(one => Object.entries(one).filter(isShort)))
}

const isShort = (entry: [string, unknown]): entry is [string, Fact] => {
  const [, value] = entry
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 64)
}

/** What is sent but not stated: further settings, other words for a stated one, and a longer length. */
function unstatedIn(sent: Facts, billing: Billing): Facts {
  const open = Object.entries(sent).filter(([name, value]) => {
    const stated = Object.hasOwn(billing, name) ? billing[name] : undefined
    return stated === undefined || (typeof stated === 'string' && String(value).toLowerCase() !== stated.toLowerCase())
  })
  const { seconds: _, ...others } = Object.fromEntries(open)
  const longest = longestIn(sent)
  return { ...others, ...(billing.seconds !== undefined && longest > billing.seconds && { seconds: longest }) }
}

// the names vendors use for a length: metadata may pass one through
const lengths = ['duration', 'seconds', 'durationSeconds', 'n_seconds', 'duration_seconds']

function longestIn(sent: Facts): number {
  const told = lengths.map(name => secondsIn(sent[name]) ?? 0)
  const frames = Number(sent.frames ?? sent.num_frames)
  return Math.max(...told, frames > 1 ? (frames - 1) / (secondsIn(sent.fps) ?? 24) : 0)
}
