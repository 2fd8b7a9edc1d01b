import { describe, expect, test } from 'vitest'
import { parseLossless } from '../../src/lib/json.ts'
import { readBody } from '../../src/upstream/answer.ts'
import { createRedactor } from '../../src/upstream/redact.ts'
import {
  failureKinds,
  type ProducedFile,
  type Failure,
  type HttpAnswer,
  type Polled,
  type Vendor
} from '../../src/vendors/vendor.ts'
import { readingsOf, type Reading } from '../support/readings.ts'
import { seeded } from '../support/seeded.ts'
import { isObject, loadVectors, vendorOf } from '../support/vectors.ts'

/* Whatever a vendor answers, an adapter neither throws nor makes anything up: no job without an id, no end that was not said. */

// `MUTATIONS=100000` is the campaign
const MUTATIONS = Number(process.env.MUTATIONS ?? 1000)

const deep = parseLossless('{"data":'.repeat(400) + '1' + '}'.repeat(400))

/** Bodies that say nothing; as they come out of the parser. */
const garbage: readonly unknown[] = [
  null,
  true,
  42,
  '',
  ' ',
  'null and void',
  '<!doctype html><html><title>502 Bad Gateway</title></html>',
  [],
  [[]],
  [null, 1, 'x'],
  {},
  deep,
  { data: null },
  { data: [] },
  { data: [null] },
  { output: null, video: null, videos: [null], results: [null], generations: [null], items: [null] },
  { error: null },
  { id: null, name: null, task_id: null, request_id: null, status: null, state: null },
  { id: {}, name: [], task_id: true, request_id: [1], status: {}, state: 7 },
  parseLossless('{"status":99999999999999999999,"state":-1e400,"progress":9007199254740993,"done":1}')
]

/** Fails on a problem. The words are written only then: for each of a million answers they were most of the time. */
function refute(problem: string, words: () => string) {
  if (problem !== '') expect.fail(`${words()}: ${problem}`)
}

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const vendor = vendorOf(vendorId)
  const readings = [...cases.flatMap(vector => readingsOf(vendor, vector)), ...characterReadings(vendor)]
  // operations and links of one kind are read alike: one of each verb and case name's family is plenty for fixed garbage
  const few = readings.filter((_reading, index) => index % Math.ceil(readings.length / 60) === 0)

  test('an answer that says nothing is no job, no end and no error of ours', () => {
    for (const reading of few)
      for (const body of garbage)
        for (const status of [200, 404, 500]) {
          const answer = { status, headers: {}, body }
          const said = reading.read(answer)
          refute(
            problemOfGarbage(said, reading, answer),
            () => `${reading.name} ${status} ${show(body)}: ${show(said)}`
          )
        }
  })

  test('an answer with something wrong in it is read without making anything up', () => {
    const random = seeded(20_261_124)
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
    for (let count = 0; count < MUTATIONS; count++) {
      const reading = pick(readings)
      const answer = { ...reading.answer, body: mutated(reading.answer.body, random) }
      const said = reading.read(answer)
      refute(problemOfMutant(said, reading, answer), () => `${reading.name} ${show(answer.body)}: ${show(said)}`)
    }
  })

  test('an answer with hostile texts in it becomes something that can be stored, logged and asked for', () => {
    const random = seeded(20_261_130)
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
    for (let count = 0; count < MUTATIONS; count++) {
      const reading = pick(readings)
      // as it comes over the network, through the door of `upstream`
      const text = JSON.stringify(mutated(reading.answer.body, random, hostile)).replace(`"${TOO_DEEP}"`, deepest)
      const body = readBody(Buffer.from(count % 7 === 0 ? text.slice(0, text.length / 2) : text), redactor)
      const said = reading.read({ ...reading.answer, body })
      refute(problemOfStored(said), () => `${reading.name} ${text.slice(0, 600)}: ${show(said)}`)
    }
  })
})

/** The answers to an uploaded character, which no vector has. */
function characterReadings({ character }: Vendor): Reading[] {
  if (!character) return []
  const read = (answer: HttpAnswer) => character.made(answer)
  const bodies = [
    { status: 200, body: { id: 'char_1', name: 'Mossy', created_at: 1 } },
    { status: 400, body: { error: { message: 'The video has no face.', code: 'invalid_video', param: 'video' } } }
  ]
  return bodies.map(said => ({ name: 'character', verb: 'submitted', answer: { ...said, headers: {} }, read }))
}

const redactor = createRedactor({ secret: ['sk-our-own-credential'], named: [] }, [])
const TOO_DEEP = 'too deep: 2f1c'
const deepest = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)

const hostile: readonly unknown[] = [
  'half an emoji \ud83d',
  '\udc4b',
  'a\u0000b',
  '\u0000',
  'https://cdn.vendor.test/\ud83d.mp4',
  'i'.repeat(513),
  'i'.repeat(3000),
  `${'😀'.repeat(3000)}`,
  `x${'😀'.repeat(3000)}`,
  `https://cdn.vendor.test/${'a'.repeat(20_000)}`,
  'wrong key sk-our-own-credential',
  `${'word '.repeat(1000)}sk-our-own-credential`,
  'key sk-somebody-elses-0123456789 at /home/vendor/app/render.py',
  '\u202e\u200b',
  TOO_DEEP
]

/** What follows from a reading is put into rows of Postgres, into the log and into paths. */
function problemOfStored(said: unknown): string {
  const texts = textsIn(said)
  const bad = texts.find(text => !text.isWellFormed() || text.includes('\0'))
  if (bad !== undefined) return `half a character or U+0000: ${show(bad)}`
  if (texts.some(text => text.includes('our-own-credential'))) return 'our own credential'
  for (const failure of failuresIn(said)) {
    const { message, code = '', param = '' } = failure
    if (message.length > 2000 || code.length > 200 || param.length > 200) return 'a failure without end'
    if (/somebody-elses|\/home\/vendor/.test(message)) return `a secret or a path: ${message}`
  }
  if (!isObject(said)) return ''
  const { accepted = said } = said as { accepted?: unknown }
  if (!isObject(accepted) || accepted.status !== 'accepted') return ''
  const { upstreamId, operation } = accepted
  if (typeof upstreamId === 'string' && (upstreamId.length > 512 || /[\p{Cc}\ufffd]/u.test(upstreamId)))
    return `an id that cannot be asked for: ${show(upstreamId)}`
  return JSON.stringify(operation ?? null).length > 20_000 ? 'an operation without end' : ''
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, one]) => [name, ...textsIn(one)])
    : []
}

function failuresIn(value: unknown): Failure[] {
  if (typeof value !== 'object' || value === null) return []
  // true because a failure is what has a kind and a message
  const own = 'kind' in value && 'message' in value ? [value as Failure] : []
  return [...own, ...Object.values(value).flatMap(failuresIn)]
}

const show = (value: unknown) => String(JSON.stringify(value)).slice(0, 600)

function problemOfGarbage(said: unknown, { verb }: Reading, { status, body }: HttpAnswer): string {
  if (!isObject(said)) return 'nothing came back'
  const wrong = wrongFailure(said.failure)
  if (wrong) return wrong
  switch (verb) {
    case 'submitted':
      if (said.status !== 'rejected') return 'a job without an id'
      return status === 200 && said.outcomeUnknown !== true ? 'a sure no out of nothing' : ''
    case 'polled':
      return isOpen(said) ? '' : 'an end out of nothing'
    case 'followed':
      // the vendor has said that the job is done: an object without a video ends it
      return isOpen(said) || (status === 200 && isObject(body)) ? '' : 'an end out of nothing'
    case 'uploaded':
      return said.status === 'rejected' ? '' : 'an upload out of nothing'
    // the submit does without an answer
    case 'asked':
      return said.kind === 'send' || said.status === 'rejected' ? '' : 'no such outcome'
    case 'cancelled':
      return said.status === 'cancelled' || said.status === 'unchanged' ? '' : 'no such outcome'
    case 'found':
      return said.status === 'unclear' ? '' : 'a search result out of nothing'
    case 'bought':
      return 'token' in said ? 'a token out of nothing' : (wrongFailure(said) ?? '')
    case 'called':
      if (said.status === 'refused') return ''
      return said.polled === undefined || isOpen(said.polled) ? '' : 'an end out of nothing'
  }
}

/** As above; what the true answer said may still be said, where it stands in the mutant. */
function problemOfMutant(said: unknown, reading: Reading, answer: HttpAnswer): string {
  if (!isObject(said)) return 'nothing came back'
  const wrong = wrongFailure(said.failure)
  if (wrong) return wrong
  const honest = reading.read(reading.answer)
  if (!isObject(honest)) return 'nothing came back'
  const text = JSON.stringify(answer.body)
  switch (reading.verb) {
    case 'submitted': {
      if (said.status === 'accepted') {
        if (typeof said.upstreamId !== 'string' || said.upstreamId === '') return 'an id that is none'
        return text.includes(said.upstreamId) ? '' : 'an id that the answer does not have'
      }
      // only a code of the vendor's own makes the no sure
      const sure = said.outcomeUnknown !== true && answer.status < 300
      return sure && isObject(said.failure) && said.failure.code === undefined && honest.status === 'accepted'
        ? 'a sure no out of nothing'
        : ''
    }
    case 'polled':
    case 'followed':
      return problemOfPoll(said as Polled, honest as Polled, text)
    case 'found':
      return said.status === 'found' && honest.status !== 'found' ? 'found what is not there' : ''
    case 'bought':
      return 'token' in said && !text.includes(String(said.token)) ? 'a token out of nothing' : ''
    case 'called':
      return isObject(said.polled) && isObject(honest.polled)
        ? problemOfPoll(said.polled as unknown as Polled, honest.polled as unknown as Polled, text)
        : ''
    case 'cancelled':
    case 'asked':
    case 'uploaded':
      return ''
  }
}

function problemOfPoll(said: Polled, honest: Polled, text: string): string {
  if (said.status === 'failed') {
    const code = 'failure' in honest ? honest.failure?.code : undefined
    // kling.md §2.6: an empty list is how it says that there is no such task
    if (said.failure.kind === 'not_found' && text.includes('"data":[]')) return ''
    const open = isOpen(honest) && honest.status !== 'follow'
    // the vendor's own code, beside other words, may end what it would not have ended
    return open && (code === undefined || said.failure.code !== code) ? 'a failure that was not said' : ''
  }
  if (said.status !== 'succeeded') return ''
  // of a job that was done and refused, the refusal may be gone
  const done = honest.status === 'failed' && text.includes('"completed"')
  if (honest.status !== 'succeeded' && !done) return 'a success that was not said'
  const stranger = said.videos.find(({ at }) => !isGrounded(at, text))
  return stranger ? `a video that is none: ${show(stranger)}` : ''
}

/** A link must be one, and stand in the answer; what is fetched by id is built by the adapter. */
function isGrounded(at: ProducedFile['at'], text: string): boolean {
  if ('data' in at) return text.includes(at.data.base64)
  if (!('url' in at)) return 'fetch' in at
  return typeof at.url === 'string' && /^https?:\/\/[^/]/.test(at.url)
}

const isOpen = (said: unknown) =>
  isObject(said) && ['queued', 'running', 'unchanged', 'follow'].includes(String(said.status))

function wrongFailure(failure: unknown): string | undefined {
  if (failure === undefined) return undefined
  // true because a failure is an object of these
  const { kind, message, code, retryAfterSeconds } = failure as Failure
  if (!failureKinds.includes(kind)) return `${String(kind)} is no kind`
  if (typeof message !== 'string' || message === '') return 'a failure without a message'
  if (code !== undefined && (typeof code !== 'string' || code === '')) return 'a code that is no text'
  return retryAfterSeconds === undefined || Number.isFinite(retryAfterSeconds) ? undefined : 'waits for no number'
}

/** One to three places of the answer hold something else, of another type more often than not; some are gone. */
function mutated(body: unknown, random: () => number, others: readonly unknown[] = instead): unknown {
  let copy: unknown = structuredClone(body)
  const times = 1 + Math.floor(random() * 3)
  for (let time = 0; time < times; time++) {
    const places = placesOf(copy)
    const place = places[Math.floor(random() * places.length)]
    const value = structuredClone(others[Math.floor(random() * others.length)])
    if (!place) copy = value
    else if (value === GONE) delete place.holder[place.key as keyof typeof place.holder]
    else Object.assign(place.holder, { [place.key]: value })
  }
  return copy
}

const GONE = 'gone: 0f6e'
const instead: readonly unknown[] = [
  GONE,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  99_999_999,
  '9007199254740993',
  '',
  'something else',
  'constructor',
  '__proto__',
  '<html></html>',
  [],
  [[]],
  [null],
  {},
  { a: { b: [] } },
  deep
]

function placesOf(value: unknown): { holder: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...placesOf(inner)])
}
