import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { tierOf, type Tier } from './size.ts'
import type { Billing, Priced, Fact, Facts, ModelSpec, VideoRequest } from '../vendor.ts'

/* What decides a price: each adapter says in a few words what it sends, and what is the same for all of them stands here. */

/**
 * The statement of a draft. `stated` holds what the adapter knows, undefined is what nobody does. `sent` holds the settings as they go into
 * the body, prompt and images aside: of those that `stated` does not cover, a price may still be dearer.
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

/** Seconds as vendors write them: 5, "5", "5s"; undefined when it is no length. */
export function secondsIn(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? seconds : undefined
}

/** What a model makes when it is told no length: its default, else the most that it can; undefined: nobody says. */
export function usualSeconds({ defaultSeconds, seconds }: ModelSpec): number | undefined {
  if (defaultSeconds !== undefined || !seconds) return defaultSeconds
  return 'max' in seconds ? seconds.max : Math.max(...seconds)
}

/**
 * The first of these words that the model makes (of a model without a table: that anybody makes), else its only one. Any other word is
 * refused by the vendor or taken for none, so the next one counts.
 */
export function resolutionAmong(names: readonly string[] = usualNames, ...words: unknown[]): string | undefined {
  const isName = (word: unknown): word is string =>
    typeof word === 'string' && names.some(name => name.toLowerCase() === word.toLowerCase())
  return words.find(isName) ?? (names.length === 1 ? names[0] : undefined)
}

/** The tier of a size in pixels, as `1280x720`, `1280*720` or `1280:720`; undefined when it is none. */
export function tierIn(size: unknown): Tier | undefined {
  const [, width, height] = /^(\d{3,5}) ?[x*×:] ?(\d{3,5})$/.exec(String(size)) ?? []
  return width && height ? tierOf(Number(width), Number(height)) : undefined
}

/** Whether there will be sound: what a switch says (anything but false turns it on), else `otherwise`; a silent model is silent. */
export function audioOf({ audio }: ModelSpec, setting?: unknown, otherwise?: boolean): boolean | undefined {
  if (setting !== undefined && setting !== null) return setting !== false
  return audio === false ? false : otherwise
}

/** Whether a list of typed items has a video in it. */
export const hasVideo = (items: unknown): boolean =>
  Array.isArray(items) && items.some(item => isRecord(item) && /video|clip/.test(String(item.type)))

export const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

const usualNames = '360p 480p 512p 540p 720p 768p 1080p 1440p 2160p 1k 2k 4k'.split(' ')

/** The settings of an object and of the objects right inside it; long texts decide no price. */
function settingsIn(object: Record<string, unknown>): Facts {
  const inner = Object.values(object).filter(isRecord)
  return Object.fromEntries([...inner, object].flatMap(one => Object.entries(one).filter(isShort)))
}

const isShort = (entry: [string, unknown]): entry is [string, Fact] => {
  const [, value] = entry
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 64)
}

/** What is sent beside the statement, a word in the place of one that the adapter does not know, and a length beyond the stated one. */
function unstatedIn(sent: Facts, billing: Billing): Facts {
  const open = Object.entries(sent).filter(([name, value]) => {
    const stated = Object.hasOwn(billing, name) ? billing[name] : undefined
    return stated === undefined || (typeof stated === 'string' && String(value).toLowerCase() !== stated.toLowerCase())
  })
  const { seconds: _, ...others } = Object.fromEntries(open)
  const longest = longestIn(sent)
  return { ...others, ...(billing.seconds !== undefined && longest > billing.seconds && { seconds: longest }) }
}

// what vendors call a length: for what goes on without its adapter knowing it
const lengths = ['duration', 'seconds', 'durationSeconds', 'n_seconds', 'duration_seconds']

function longestIn(sent: Facts): number {
  const told = lengths.map(name => secondsIn(sent[name]) ?? 0)
  const frames = Number(sent.frames ?? sent.num_frames)
  return Math.max(...told, frames > 1 ? (frames - 1) / (secondsIn(sent.fps) ?? 24) : 0)
}
