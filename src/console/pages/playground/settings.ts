import type { Capabilities } from '../../api/types/index.ts'
import { choice, list, number, text, type ValuesOf } from '../../state/url.ts'
import type { Asked } from '../../parts/snippets.ts'

/* What the form says, as it is in the address: the whole of it but images that are not at an address of their own. */

export const parameters = {
  models: list,
  prompt: text,
  seconds: number,
  ratio: text,
  res: text,
  audio: choice(['', 'on', 'off'], ''),
  negative: text,
  seed: text,
  n: number,
  user: text,
  meta: text,
  first: text,
  last: text,
  refs: text,
  compare: choice(['', '1'], ''),
  /** the id of the key that it runs as; else the session */
  as: text,
  /** the tasks on the stage */
  task: list,
  /** the one that is best, of several */
  best: text
}

export type Settings = ValuesOf<typeof parameters>
export type Change = (change: Partial<Settings>, options?: { replace?: boolean }) => void

export type ImageRole = 'first' | 'last' | 'reference'

/** An image from this computer. */
export interface LocalImage {
  role: ImageRole
  name: string
  /** a `data:` URL */
  source: string
}

export const MOST_MODELS = 4

/** How a model is named here: a model of `GET /v1/videos/models`. */
export interface PlayModel {
  id: string
  owned_by: string
  capabilities: Capabilities | null
  prices: { unit: 'second' | 'video'; amount: string; currency: string }[] | null
  usual_ms?: number | null
  available?: boolean
  unavailable_reason?: string | null
}

/** Why a model cannot be chosen; null: it can. */
export function reasonAgainst({ available, unavailable_reason: reason, capabilities }: PlayModel): string | null {
  if (capabilities?.retired) return capabilities.retired.since
  return available === false ? (reason ?? '') : null
}

/** Returns the addresses of the images of a role, of both kinds. */
export function imagesOf(settings: Settings, local: readonly LocalImage[], role: ImageRole): string[] {
  const links = role === 'reference' ? settings.refs.split(' ') : [settings[role]]
  return [...links.filter(Boolean), ...local.filter(image => image.role === role).map(image => image.source)]
}

/** Returns the request for a model. Throws SyntaxError when the metadata are not JSON. */
export function requestOf(settings: Settings, model: string, local: readonly LocalImage[]): Record<string, unknown> {
  const { prompt, seconds, ratio, res, audio, negative, seed, n, user, meta } = settings
  const [[first], [last], references] = [
    imagesOf(settings, local, 'first'),
    imagesOf(settings, local, 'last'),
    imagesOf(settings, local, 'reference')
  ]
  const metadata: unknown = meta.trim() ? JSON.parse(meta) : undefined
  const all = {
    model,
    prompt: prompt.trim() || undefined,
    negative_prompt: negative.trim() || undefined,
    seconds: seconds ?? undefined,
    aspect_ratio: ratio || undefined,
    resolution: res || undefined,
    audio: audio === '' ? undefined : audio === 'on',
    seed: seed.trim() === '' ? undefined : Number(seed),
    n: n !== null && n > 1 ? n : undefined,
    user: user.trim() || undefined,
    first_frame: first,
    last_frame: last,
    reference_images: references.length > 0 ? references : undefined,
    metadata
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The request as examples show it: in the words of the unified API, without the bytes of images. */
export function shownOf({ seconds, ...request }: Record<string, unknown>): Asked {
  const shorten = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith('data:')
      ? `${value.slice(0, value.indexOf(',') + 1)}…`
      : Array.isArray(value)
        ? value.map(shorten)
        : value
  const {
    model = '',
    prompt = '',
    ...others
  } = Object.fromEntries(Object.entries(request).map(([name, value]) => [name, shorten(value)]))
  return {
    model: String(model),
    prompt: String(prompt),
    ...(seconds !== undefined && { duration: Number(seconds) }),
    ...others
  }
}

/** Whether the metadata can be read. */
export function isJson(meta: string): boolean {
  if (meta.trim() === '') return true
  try {
    const value: unknown = JSON.parse(meta)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
