import { describe, expect, test } from 'vitest'
import type { Accepted, Bought, Cancelled, Failure, Polled, Rejected, Step as Sent } from '../../src/vendors/vendor.ts'
import {
  aboutLength,
  answerOf,
  channelOf,
  expectDifferences,
  filesOf,
  isFilm,
  loadVectors,
  matches,
  sendDifferences,
  vendorOf,
  videoOf,
  type Said,
  type Step,
  type Vector
} from '../support/vectors.ts'
import { draftOf } from '../support/drafts.ts'
import { signatures } from './signatures.ts'

const REFERENCE = 'att_00000000000070008000000000000001'

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  test.each(cases.map(vector => [vector.name, vector] as const))('%s', (_name, vector) => {
    const runner = createRunner(vendorId, vector)
    if (vector.signature) {
      const sign = signatures[vendorId]?.[vector.name]
      expect(sign, `test/vendors/signatures.ts must know ${vendorId} ${vector.name}`).toBeDefined()
      expect(sign!(vector.signature.input, vector)).toMatchObject(vector.signature.expected)
      return
    }
    if (vector.reject) {
      const refused = runner.firstSubmission()
      expect(refused.kind, vector.reject.reason).toBe('refuse')
      if (refused.kind === 'refuse')
        expect(paramFits(refused.param, vector.reject.param), `refused ${refused.param}`).toBe(true)
      return
    }
    runner.runSteps()
    for (const { field } of vector.warnings) {
      expect(runner.warnings.map(warning => warning.field.replace(/^metadata\./, ''))).toContain(
        field.replace(/^metadata\./, '')
      )
    }
    if (vector.billing) expect(runner.stated(Object.keys(vector.billing))).toEqual(vector.billing)
  })

  test('what is billed is expected of a case', () => {
    expect(cases.some(({ billing }) => billing)).toBe(true)
  })
})

function paramFits(param: string, expected: unknown): boolean {
  return typeof expected === 'string'
    ? param.split('.').at(-1) === expected.split('.').at(-1)
    : matches(param, expected)
}

/** Walks the steps of one case; each call of the adapter may use several of them. */
function createRunner(vendorId: string, vector: Vector) {
  const vendor = vendorOf(vendorId)
  const channel = channelOf(vendor, vector)
  const now = vector.now ? Date.parse(vector.now) : Date.UTC(2026, 10, 24)
  const video = () => videoOf(vector)
  const warnings: { field: string; reason: string }[] = []
  let next = 0
  let operation: unknown
  let upstreamId: string | undefined
  let lastStep: Step | undefined

  const firstSubmission = () => vendor.submit(video(), channel)

  /** Sends a request to the next step's fake vendor, and gives its answer. */
  function exchange(request: Parameters<typeof vendor.sign>[0], verbs: Step['do'][]) {
    while (vector.steps[next]?.optional && !verbs.includes(vector.steps[next]!.do)) next++
    const step = vector.steps[next++]
    if (!step) throw new Error(`one request too many: ${request.method} ${request.path}`)
    expect(verbs).toContain(step.do)
    const token = vendor.token && !vendor.token.skip?.(channel) && step.do !== 'token' ? 'test-access-token' : undefined
    const signed = step.do === 'token' ? request : vendor.sign(request, channel, now, token)
    expect(sendDifferences(signed, channel.baseUrl, step)).toEqual([])
    lastStep = step
    return answerOf(step)
  }

  function submit(): Said {
    const draft = draftOf(vendor, video(), channel)
    warnings.push(...draft.warnings, ...aboutLength(vector))
    let sent: Sent | Rejected = draft.first({ reference: REFERENCE, callbackUrl: null })
    for (;;) {
      if ('status' in sent) return rejectedSays(sent)
      if (sent.kind === 'fetch') sent = sent.next(filesOf(vector))
      else if (sent.kind === 'upload') sent = sent.next(exchange(sent.request, ['upload']))
      else break
    }
    const answer = exchange(sent.request, ['submit'])
    if (sent.film && isFilm(lastStep!)) return { status: 'completed', video: { film: true } }
    const outcome = vendor.submitted(answer, video(), channel)
    if (outcome.status === 'rejected') return rejectedSays(outcome)
    return acceptedSays(outcome)
  }

  function acceptedSays(accepted: Accepted<unknown>): Said {
    operation = accepted.operation
    upstreamId = accepted.upstreamId
    expect(JSON.parse(JSON.stringify(operation))).toEqual(operation)
    expect(JSON.stringify(operation)).not.toContain(vector.channel.credential)
    return {
      status: accepted.running ? 'in_progress' : 'queued',
      upstreamId: accepted.upstreamId,
      ...(accepted.progress !== undefined && { progress: accepted.progress }),
      ...(accepted.cost && { cost: accepted.cost })
    }
  }

  function polledSays(polled: Polled): Said {
    if (polled.status === 'follow') return polledSays(polled.read(exchange(polled.request, ['fetch', 'poll'])))
    if (polled.status === 'unchanged') {
      if (polled.operation !== undefined) operation = polled.operation
      return { status: 'unchanged', ...(polled.failure && { failure: polled.failure }) }
    }
    if (polled.status === 'failed')
      return { status: 'failed', failure: polled.failure, ...(polled.cost && { cost: polled.cost }) }
    if (polled.status !== 'succeeded') {
      if (polled.operation !== undefined) operation = polled.operation
      return {
        status: polled.status === 'queued' ? 'queued' : 'in_progress',
        ...(polled.progress !== undefined && { progress: polled.progress })
      }
    }
    const [{ at, ...facts }] = polled.videos
    const place =
      'data' in at
        ? { base64: true, data: at.data.base64, mimeType: at.data.mimeType }
        : 'fetch' in at
          ? { fetch: at.fetch, auth: true }
          : at
    return {
      status: 'completed',
      video: { ...place, ...facts },
      progress: 100,
      ...(polled.cost && { cost: polled.cost })
    }
  }

  const poll = () =>
    polledSays(vendor.polled(exchange(vendor.poll(operation, channel), ['poll', 'fetch']), operation, channel))

  function cancel(): Said {
    const request = vendor.cancel?.(operation, channel)
    if (!request || !vendor.cancelled) throw new Error(`${vendorId} cannot cancel`)
    const outcome: Cancelled = vendor.cancelled(exchange(request, ['cancel']), operation)
    return { ...outcome }
  }

  function lookup(): Said {
    const context = { reference: REFERENCE, sentAt: now }
    if (!vendor.lookup || !vendor.found) throw new Error(`${vendorId} has no lookup`)
    const request = vendor.lookup(video(), channel, context)
    if (!request) throw new Error('this channel has no lookup')
    const found = vendor.found(exchange(request, ['lookup']), video(), channel, context)
    if (found.status !== 'found') throw new Error(`lookup: ${found.status}`)
    const accepted = acceptedSays(found.accepted)
    return found.polled ? { ...accepted, ...polledSays(found.polled) } : accepted
  }

  function token(): Said {
    if (!vendor.token) throw new Error(`${vendorId} has no token exchange`)
    let bought: Bought = vendor.token.first(channel, now)
    while ('read' in bought) {
      if (bought.kind === 'file') throw new Error('a case has no files of the machine')
      bought = bought.read(exchange(bought.request, ['token']), now)
    }
    return 'token' in bought ? { status: 'unchanged' } : { status: 'rejected', failure: bought }
  }

  function callback(step: Step): Said {
    if (!vendor.callback) throw new Error(`${vendorId} takes no callbacks`)
    next++
    lastStep = step
    const { send } = step
    const body = send.rawBody ?? JSON.stringify(send.body)
    const query = new URLSearchParams((send.query ?? {}) as Record<string, string>).toString()
    const outcome = vendor.callback(
      {
        method: send.method,
        path: typeof send.path === 'string' ? send.path : '/callbacks/c/t',
        query,
        headers: (send.headers ?? {}) as Record<string, string>,
        rawBody: String(body)
      },
      channel,
      now
    )
    if (outcome.status === 'refused') throw new Error(`callback refused: ${outcome.reason}`)
    if (step.reply.body !== undefined) expect(outcome.reply).toEqual(step.reply.body)
    // without `polled` the adapter does not read what the body claims: nothing to compare
    const said: Said = outcome.polled
      ? polledSays(outcome.polled)
      : { status: step.expect.status, ...(step.expect.failure && { failure: step.expect.failure as Failure }) }
    return { ...said, ...(outcome.upstreamId !== null && { upstreamId: outcome.upstreamId }) }
  }

  function rejectedSays({ failure, outcomeUnknown }: Rejected): Said {
    return { status: 'rejected', failure, ...(outcomeUnknown && { outcomeUnknown }) }
  }

  function runSteps() {
    while (next < vector.steps.length) {
      const step = vector.steps[next]!
      if (step.optional && step.do !== 'cancel') {
        next++
        continue
      }
      const said =
        step.do === 'submit' || step.do === 'upload'
          ? submit()
          : step.do === 'poll' || step.do === 'fetch'
            ? poll()
            : step.do === 'cancel'
              ? cancel()
              : step.do === 'lookup'
                ? lookup()
                : step.do === 'token'
                  ? token()
                  : callback(step)
      if (!lastStep!.setup) {
        const known = { ...(upstreamId !== undefined && said.status !== 'rejected' && { upstreamId }), ...said }
        expect(expectDifferences(known, lastStep!.expect, channel.baseUrl)).toEqual([])
      }
    }
  }

  /** What is billed, by name; null: it is not stated. */
  function stated(names: string[]) {
    const { billing } = draftOf(vendor, video(), channel)
    return Object.fromEntries(names.map(name => [name, billing[name] ?? null]))
  }

  return { firstSubmission, runSteps, warnings, stated }
}
