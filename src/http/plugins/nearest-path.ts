import { editDistance } from '../../lib/edit-distance.ts'

/* Which path a client may have meant: a slip in one word, a missing or doubled prefix, singular for plural. */

// further apart, and it is another word
const MOST_EDITS = 3

/** The pattern nearest to a path that nothing is at; undefined when none is near. Identifiers in the path stay as they came. */
export function nearestPath(path: string, patterns: Iterable<string>): string | undefined {
  const asked = segmentsOf(path)
  if (path.length > 300 || asked.length === 0) return undefined
  let nearest: { text: string; edits: number } | undefined
  for (const pattern of patterns) {
    const wanted = segmentsOf(pattern)
    const found = fit(asked, wanted)
    if (found && found.edits <= MOST_EDITS && (!nearest || found.edits < nearest.edits)) nearest = found
  }
  return nearest?.text
}

const segmentsOf = (path: string) => path.split('/').filter(Boolean)

/** The asked segments laid over the wanted ones from the end; the prefix is the pattern's. */
function fit(asked: readonly string[], wanted: readonly string[]): { text: string; edits: number } | undefined {
  // a prefix too many or too few: /v1/v1/videos, /api/v1/videos
  if (Math.abs(asked.length - wanted.length) > 1 || wanted.length === 0) return undefined
  let edits = asked.length === wanted.length ? 0 : 1
  let words = 0
  const text = [...wanted]
  for (let back = 1; back <= Math.min(asked.length, wanted.length); back++) {
    const [given = '', word = ''] = [asked.at(-back), wanted.at(-back)]
    if (word.startsWith(':')) text[wanted.length - back] = given
    else {
      words++
      edits += editDistance(given.toLowerCase(), word)
    }
    if (edits > MOST_EDITS) return undefined
  }
  // identifiers alone resemble anything
  return words === 0 ? undefined : { text: `/${text.join('/')}`, edits }
}
