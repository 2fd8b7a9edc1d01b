import { publicWords, shortened, wellFormed } from '../lib/clean-text.ts'
import type {
  Accepted,
  Bought,
  Bytes,
  Callback,
  Failure,
  HttpAnswer,
  Polled,
  Rejected,
  Step,
  TokenStep,
  Vendor
} from './vendor.ts'

/*
 * What an adapter has read out of an answer is stored, logged and shown. Here it gets its bounds, once for all vendors. `upstream` has already
 * made the strings of the answer whole and taken the credential out; an adapter cuts texts, and so may split a character again.
 */

const LONGEST_ID = 512
const LONGEST_CODE = 200
// room for the links that some vendors give to poll
const LONGEST_OPERATION = 16_384

/** Returns the vendor with its readings bounded: messages cleaned (at most 2,000 characters), ids of at most 512 characters that can be asked for. */
export function bounded(vendor: Vendor): Vendor {
  const { token, cancelled, found, callback, character, probed } = vendor
  return {
    ...vendor,
    submit(video, channel) {
      const submission = vendor.submit(video, channel)
      if (submission.kind === 'refuse') return submission
      return { ...submission, first: context => boundedStep(submission.first(context)) }
    },
    submitted(answer, video, channel) {
      const outcome = vendor.submitted(answer, video, channel)
      if (outcome.status === 'rejected') return withFailure(outcome)
      return isUsable(outcome) ? outcome : unusable
    },
    polled: (answer, operation, channel) => boundedPoll(vendor.polled(answer, operation, channel)),
    ...(token && {
      token: {
        ...token,
        first: (channel, now) => boundedToken(token.first(channel, now))
      }
    }),
    ...(cancelled && {
      cancelled(answer, operation) {
        const outcome = cancelled(answer, operation)
        return outcome.status === 'unchanged' ? withFailure(outcome) : outcome
      }
    }),
    ...(found && {
      found(answer, video, channel, context) {
        const outcome = found(answer, video, channel, context)
        if (outcome.status !== 'found') return outcome
        if (!isUsable(outcome.accepted)) return { status: 'unclear' }
        return outcome.polled ? { ...outcome, polled: boundedPoll(outcome.polled) } : outcome
      }
    }),
    ...(callback && {
      callback: (request, channel, now) => boundedCallback(callback(request, channel, now))
    }),
    ...(character && {
      character: {
        ...character,
        made(answer) {
          const outcome = character.made(answer)
          if (outcome.status === 'rejected') return withFailure(outcome)
          return isId(outcome.upstreamId) ? outcome : unusable
        }
      }
    }),
    ...(probed && {
      probed(answer) {
        const failure = probed(answer)
        return failure && boundedFailure(failure)
      }
    })
  }
}

function boundedStep(step: Step): Step {
  switch (step.kind) {
    case 'send':
      return step
    case 'upload':
      return { ...step, next: (answer: HttpAnswer) => boundedNext(step.next(answer)) }
    case 'fetch':
      return { ...step, next: (files: Record<string, Bytes>) => boundedNext(step.next(files)) }
  }
}

function boundedToken(step: TokenStep): TokenStep {
  if (step.kind === 'ask') return { ...step, read: (answer, now) => boundedBought(step.read(answer, now)) }
  return { ...step, read: (text: string) => boundedBought(step.read(text)) }
}

function boundedBought(bought: Bought): Bought {
  if ('token' in bought) return bought
  return 'read' in bought ? boundedToken(bought) : boundedFailure(bought)
}

const boundedNext = (next: Step | Rejected) => ('status' in next ? withFailure(next) : boundedStep(next))

function boundedPoll(polled: Polled): Polled {
  switch (polled.status) {
    case 'follow':
      return { ...polled, read: answer => boundedPoll(polled.read(answer)) }
    case 'failed':
      return withFailure(polled)
    case 'unchanged':
    case 'queued':
    case 'running': {
      const { operation, ...state } = polled
      const kept = isStorable(operation) ? polled : state
      return kept.status === 'unchanged' ? withFailure(kept) : kept
    }
    case 'succeeded':
      return polled
  }
}

function boundedCallback(read: Callback): Callback {
  if (read.status === 'refused') return read
  const { upstreamId, polled } = read
  return {
    ...read,
    upstreamId: upstreamId === null || isId(upstreamId) ? upstreamId : null,
    ...(polled && { polled: boundedPoll(polled) })
  }
}

const withFailure = <Said extends { failure?: Failure }>(said: Said): Said =>
  said.failure ? { ...said, failure: boundedFailure(said.failure) } : said

function boundedFailure(failure: Failure): Failure {
  const { code, param, message } = failure
  return {
    ...failure,
    message: publicWords(message),
    ...(code !== undefined && { code: shortened(wellFormed(code), LONGEST_CODE) }),
    ...(param !== undefined && { param: shortened(wellFormed(param), LONGEST_CODE) })
  }
}

// the vendor has accepted it, but can never be asked about it
const unusable: Rejected = {
  status: 'rejected',
  failure: {
    kind: 'unknown',
    message: 'The vendor accepted the request, but answered with an id that cannot be used.'
  },
  outcomeUnknown: true
}

const isUsable = ({ upstreamId, operation }: Accepted<unknown>) => isId(upstreamId) && isStorable(operation)

/** Whether an id can be stored and sent back as it came: U+FFFD is what `upstream` leaves of half a character. */
const isId = (id: string) => id.length <= LONGEST_ID && id.isWellFormed() && !/[\p{Cc}\uFFFD]/u.test(id)

function isStorable(operation: unknown): boolean {
  const text = JSON.stringify(operation) ?? ''
  return text.length <= LONGEST_OPERATION && !text.includes('\\u0000') && !text.includes('\uFFFD')
}
