import type {
  Bought,
  Found,
  HttpAnswer,
  HttpRequest,
  Polled,
  Rejected,
  Step as Sent,
  Vendor,
  VideoRequest
} from '../../src/vendors/vendor.ts'
import { firstStep } from './drafts.ts'
import { answerOf, channelOf, filesOf, isFilm, videoOf, type Step, type Vector } from './vectors.ts'

/** One answer that an adapter reads in some case of its vectors, and how it reads another answer in its place. */
export interface Reading {
  name: string
  verb: 'submitted' | 'polled' | 'followed' | 'uploaded' | 'asked' | 'cancelled' | 'found' | 'bought' | 'called'
  answer: HttpAnswer
  read(answer: HttpAnswer): unknown
}

const REFERENCE = 'att_00000000000070008000000000000001'

/** Walks a case as the runner of vectors does, with the vector's own answers, and collects every reading on the way. */
export function readingsOf(vendor: Vendor, vector: Vector): Reading[] {
  if (vector.signature || vector.reject) return []
  const channel = channelOf(vendor, vector)
  const now = vector.now ? Date.parse(vector.now) : Date.UTC(2026, 10, 24)
  const readings: Reading[] = []
  const steps = vector.steps.filter(({ optional, do: verb }) => !optional || verb === 'cancel')
  let operation: unknown

  const add = (verb: Reading['verb'], step: Step, read: Reading['read']) => {
    const answer = answerOf(step)
    readings.push({ name: vector.name, verb, answer, read })
    return read(answer)
  }

  function submit(video: VideoRequest) {
    let sent: Sent | Rejected = firstStep(vendor, video, channel, { reference: REFERENCE, callbackUrl: null })
    while ('status' in sent || sent.kind !== 'send') {
      if ('status' in sent) return
      // true because `next` gives nothing else
      if (sent.kind === 'upload')
        sent = add(sent.remembered ? 'asked' : 'uploaded', steps.shift()!, sent.next) as Sent | Rejected
      else sent = sent.next(filesOf(vector))
    }
    if (sent.film && isFilm(steps[0]!)) return void steps.shift()
    // true because that is what `submitted` gives
    const outcome = add('submitted', steps.shift()!, answer => vendor.submitted(answer, video, channel)) as ReturnType<
      typeof vendor.submitted
    >
    if (outcome.status === 'accepted') operation = outcome.operation
  }

  function poll() {
    const asked = operation
    let polled = add('polled', steps.shift()!, answer => vendor.polled(answer, asked, channel)) as Polled
    while (polled.status === 'follow') polled = add('followed', steps.shift()!, polled.read) as Polled
  }

  function lookup() {
    const context = { reference: REFERENCE, sentAt: now }
    // true because that is what `found` gives
    const found = add('found', steps.shift()!, answer =>
      vendor.found!(answer, videoOf(vector), channel, context)
    ) as Found<unknown>
    if (found.status === 'found') operation = found.accepted.operation
  }

  /** Every step to a token: what the last one said leads to the next. */
  function buy() {
    let step = vendor.token!.first(channel, now)
    while (steps[0]?.do === 'token' && step.kind === 'ask') {
      const { read } = step
      // true because that is what `read` gives
      const bought = add('bought', steps.shift()!, answer => read(answer, now)) as Bought
      if (!('read' in bought)) return
      step = bought
    }
  }

  while (steps.length) {
    const verb = steps[0]!.do
    if (verb === 'submit' || verb === 'upload') submit(videoOf(vector))
    else if (verb === 'poll' || verb === 'fetch') poll()
    else if (verb === 'cancel') add('cancelled', steps.shift()!, answer => vendor.cancelled!(answer, operation))
    else if (verb === 'token') buy()
    else if (verb === 'lookup') lookup()
    else addCallback(steps.shift()!)
  }
  return readings

  function addCallback({ send }: Step) {
    const body = send.body ?? send.rawBody
    readings.push({
      name: vector.name,
      verb: 'called',
      answer: { status: 200, headers: {}, body },
      read: answer =>
        vendor.callback!(
          {
            method: send.method,
            path: '/callbacks/c/t',
            query: '',
            headers: send.headers as Record<string, string>,
            rawBody: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
          },
          channel,
          now
        )
    })
  }
}

/** Every request that an adapter builds for a case's submit, uploads included; empty when it refuses. */
export function requestsOf(vendor: Vendor, vector: Vector, video: VideoRequest): HttpRequest[] {
  const channel = channelOf(vendor, vector)
  const uploads = vector.steps.filter(({ do: verb }) => verb === 'upload')
  const requests: HttpRequest[] = []
  const submission = vendor.submit(video, channel)
  if (submission.kind === 'refuse') return requests
  let sent: Sent | Rejected = submission.first({ reference: REFERENCE, callbackUrl: null })
  while (!('status' in sent)) {
    if (sent.kind === 'fetch') {
      sent = sent.next(filesOf(vector))
      continue
    }
    requests.push(sent.request)
    const upload = uploads.shift()
    if (sent.kind === 'send' || !upload) break
    sent = sent.next(answerOf(upload))
  }
  return requests
}
