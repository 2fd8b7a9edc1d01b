import { describe, expect, test } from 'vitest'
import type { VideoRequest } from '../../src/vendors/vendor.ts'
import { isAsking } from '../support/asking.ts'
import { requestsOf } from '../support/readings.ts'
import { isObject, loadVectors, sentBody, vendorOf, videoOf, type Vector } from '../support/vectors.ts'

/*
 * A field on top of a request beats metadata, for every vendor and whatever the vendor calls it. No list says which part of a body belongs to
 * which field: a part that changes when the field is left out is the field's, and no metadata may change it.
 */

/** The request without one of its fields. */
const without: Record<string, (video: VideoRequest) => VideoRequest> = {
  prompt: video => ({ ...video, prompt: 'something else entirely' }),
  images: video => ({ ...video, images: [] }),
  seconds: video => omit(video, 'seconds'),
  size: video => omit(video, 'size', 'width', 'height'),
  seed: video => omit(video, 'seed'),
  negative_prompt: video => omit(video, 'negativePrompt'),
  fps: video => omit(video, 'fps'),
  user: video => omit(video, 'user'),
  audio: video => omit(video, 'audio')
}

/** The request's own words for its shape, which clients send beside a size to say it more exactly. */
const shapeWords = new Set(['aspect_ratio', 'resolution', 'mode'])

/** What metadata is documented to decide: Jimeng's model (one of the channel's), how PixVerse's prompt refers to an image, further inputs of Omni. */
const documented: Record<string, readonly string[]> = {
  jimeng: ['req_key'],
  pixverse: ['type', 'ref_name'],
  gemini: ['type']
}

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const vendor = vendorOf(vendorId)
  const bodiesOf = (vector: Vector, video: VideoRequest) => requestsOf(vendor, vector, video).map(sentBody)
  const lastBody = (vector: Vector, video: VideoRequest) => bodiesOf(vector, video).at(-1)

  /** Leaves of the body that the request's fields decide. */
  function ownLeaves(vector: Vector, video: VideoRequest): Leaf[] {
    const others = Object.values(without).map(change => change(video))
    const bodies = others.flatMap(other => lastBody(vector, other) ?? [])
    return leavesOf(lastBody(vector, video)).filter(({ path, value }) =>
      bodies.some(body => JSON.stringify(at(body, path)) !== JSON.stringify(value))
    )
  }

  test('metadata changes nothing that the request says', () => {
    let tried = 0
    for (const vector of cases.filter(isAsking)) {
      const video = videoOf(vector)
      for (const { path, value } of ownLeaves(vector, video)) {
        if (path.some(name => name in video.metadata) || shapeWords.has(path.at(-1)!)) continue
        if (documented[vendorId]?.includes(path.at(-1)!)) continue
        for (const names of suffixesOf(path)) {
          const hostile = nested(names, likeButOther(value))
          const [honest, told] = [video, { ...video, metadata: { ...video.metadata, ...hostile } }].map(one =>
            lastBody(vector, one)
          )
          // a refusal names the field instead
          if (told === undefined) continue
          tried++
          expect(at(told, path), `${vector.name}: ${JSON.stringify(hostile)}`).toEqual(at(honest, path))
        }
      }
    }
    expect(tried).toBeGreaterThan(10)
  })

  test('and a value that loses is named in a warning, or the request is refused', () => {
    const vector = cases.find(one => isAsking(one) && leavesOf(lastBody(one, videoOf(one))).some(isPrompt(one)))
    if (!vector) return
    const video = videoOf(vector)
    const leaf = leavesOf(lastBody(vector, video)).find(isPrompt(vector))!
    // a list of contents has no name for it
    if (leaf.path.some(name => /^\d+$/.test(name))) return
    const submission = vendor.submit(
      { ...video, metadata: { ...video.metadata, ...nested(leaf.path, 'OTHER') } },
      { baseUrl: vector.channel.baseUrl, credential: {}, options: { endpoint_path: 'EP' } }
    )
    if (submission.kind === 'refuse') return
    const said = submission.warnings.map(({ field }) => field)
    const places = suffixesOf(leaf.path).map(names => `metadata.${names.join('.')}`)
    const isSent = !JSON.stringify(lastBody(vector, { ...video, metadata: nested(leaf.path, 'OTHER') })).includes(
      'OTHER'
    )
    if (isSent)
      expect(
        said.some(field => places.includes(field)),
        JSON.stringify({ said, places })
      ).toBe(true)
  })
})

interface Leaf {
  path: string[]
  value: unknown
}

const isPrompt =
  ({ request }: Vector) =>
  ({ value }: Leaf) =>
    value === request?.prompt

function leavesOf(value: unknown, path: string[] = []): Leaf[] {
  if (!isObject(value) && !Array.isArray(value)) return value === undefined ? [] : [{ path, value }]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

const at = (body: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (isObject(inner) || Array.isArray(inner) ? inner[name as keyof typeof inner] : undefined),
    body
  )

/** The whole path, and each shorter one: `input.prompt` and `prompt`. */
const suffixesOf = (path: readonly string[]) =>
  path.map((_, start) => path.slice(start)).filter(names => !/^\d+$/.test(names[0]!))

function nested([name, ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  if (rest.length === 0) return { [name!]: value }
  const inner = nested(rest, value)
  return { [name!]: /^\d+$/.test(rest[0]!) ? [Object.values(inner)[0]] : inner }
}

function likeButOther(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  return typeof value === 'boolean' ? !value : `OTHER ${String(value)}`
}

function omit(video: VideoRequest, ...names: (keyof VideoRequest)[]): VideoRequest {
  // true because only optional fields are left out
  return Object.fromEntries(
    Object.entries(video).filter(([name]) => !names.some(one => one === name))
  ) as unknown as VideoRequest
}
