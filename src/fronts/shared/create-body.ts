import { without } from './read.ts'

type Fields = Readonly<Record<string, unknown>>

interface Sorted {
  /** with a url, and a role when it has one */
  images?: readonly Fields[]
  /** the names of what only the wire's own models know: vendors' settings */
  settings?: readonly string[]
  /** the names of what was read already */
  read?: readonly string[]
  metadata?: Fields
}

/** Returns the body of a create from the fields of a wire. */
export function createBody(
  fields: Fields,
  { images = [], settings = [], read = [], metadata = {} }: Sorted
): Record<string, unknown> {
  const stored = images.some(isStored)
  const all = {
    ...(stored && { images }),
    ...Object.fromEntries(settings.flatMap(name => (fields[name] === undefined ? [] : [[name, fields[name]]]))),
    ...metadata
  }
  return {
    ...without(fields, ...settings, ...read),
    ...(images.length && !stored && { images }),
    ...(Object.keys(all).length && { metadata: all })
  }
}

/** Returns frames by their places; those that are not there are left out. */
export const framesOf = (first: unknown, last?: unknown): Fields[] =>
  [
    { url: first, role: 'first_frame' },
    { url: last, role: 'last_frame' }
  ].filter(({ url }) => url !== undefined && url !== null && url !== '')

// what a vendor has in its own store passes within metadata only
const isStored = (image: Fields) => /"(asset|mm_file|oss):\/\//.test(JSON.stringify(image).slice(0, 1000))
