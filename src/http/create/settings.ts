import { refuse } from '../parse.ts'

/* Values of shape, sound and length in the many ways that they are written, in one. Each throws invalid_request naming `name`. */

const ratios = '16:9 9:16 1:1 4:3 3:4 21:9 9:21 3:2 2:3 5:4 4:5 2:1 1:2'.split(' ')
// 1.78 is 16:9, 2.39 is 21:9, 1.6 is neither of these
const TOLERANCE = 0.03

const shapes: Readonly<Record<string, string>> = {
  landscape: '16:9',
  horizontal: '16:9',
  widescreen: '16:9',
  portrait: '9:16',
  vertical: '9:16',
  square: '1:1'
}

/** Returns a ratio as `16:9`, or a size as `1280x720`; a word that is unknown here is the vendor's. */
export function readRatio(value: unknown, name: string): { ratio: string } | { size: string } {
  if (typeof value === 'number') return { ratio: ratioNear(value, name) }
  if (typeof value !== 'string') throw refuse(name, 'must be a ratio such as 16:9')
  const text = value.trim()
  const [, width, height] = /^(\d+(?:\.\d+)?)\s*[:/x*×]\s*(\d+(?:\.\d+)?)$/i.exec(text) ?? []
  if (width && height) {
    if (Number(width) >= 100 && Number(height) >= 100) return { size: `${width}x${height}` }
    const whole = /^\d+$/.test(width) && /^\d+$/.test(height)
    return { ratio: whole ? `${width}:${height}` : ratioNear(Number(width) / Number(height), name) }
  }
  if (/^(?:\d+|\d*\.\d+)$/.test(text)) return { ratio: ratioNear(Number(text), name) }
  return { ratio: Object.hasOwn(shapes, text.toLowerCase()) ? shapes[text.toLowerCase()]! : text }
}

function ratioNear(value: number, name: string): string {
  const distance = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log((value * height) / width))
  }
  const nearest = ratios.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best))
  if (!(distance(nearest) <= TOLERANCE)) throw refuse(name, 'must be a ratio such as 16:9')
  return nearest
}

const heights: Readonly<Record<string, string>> = {
  sd: '480p',
  hd: '720p',
  fhd: '1080p',
  'full hd': '1080p',
  fullhd: '1080p',
  full_hd: '1080p',
  uhd: '4k'
}

/** Returns a resolution as `1080p`, or a size as `1280x720`; a word that is unknown here is the vendor's. */
export function readResolution(value: unknown, name: string): { resolution: string } | { size: string } {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
  if (text === '') throw refuse(name, 'must be a resolution such as 1080p')
  const [, width, height] = /^(\d{3,5})\s*[x*×:]\s*(\d{3,5})$/i.exec(text) ?? []
  if (width && height) return { size: `${width}x${height}` }
  if (/^\d{3,4}$/.test(text)) return { resolution: `${text}p` }
  if (/^\d+(\.\d+)?$/.test(text)) throw refuse(name, 'must be a resolution such as 1080p')
  return { resolution: Object.hasOwn(heights, text.toLowerCase()) ? heights[text.toLowerCase()]! : text }
}

/** Returns a word, e.g. a mode. */
export function readWord(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refuse(name, 'must be a string')
  return value.trim()
}

/** Returns a number that may be written as text. */
export function readNumber(value: unknown, name: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse(name, 'must be a number')
  return number
}

/** Returns a length without its unit (`10s`); what is no text stays as it is. */
export function withoutUnit(value: unknown): unknown {
  const [, number] =
    (typeof value === 'string' && /^\s*(\d+(?:\.\d+)?)\s*s(?:ec|ecs|econd|econds)?\s*$/i.exec(value)) || []
  return number ?? value
}

/** Returns one text for a list of texts, as negative prompts are sometimes sent; anything else stays as it is. */
export function joined(value: unknown): unknown {
  return Array.isArray(value) && value.every(item => typeof item === 'string') ? value.join(', ') : value
}

const on = new Set(['true', 'on', 'yes', '1', 'enabled', 'enable'])
const off = new Set(['false', 'off', 'no', '0', 'disabled', 'disable', 'none', 'silent', 'mute'])

/** Returns whether there is to be sound; undefined: the vendor decides (`auto`). */
export function readAudio(value: unknown, name: string): boolean | undefined {
  const word = typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  const plain = word.trim().toLowerCase()
  if (on.has(plain)) return true
  if (off.has(plain)) return false
  if (plain === 'auto' || plain === 'default') return undefined
  throw refuse(name, 'must be true or false')
}
