import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Outgoing } from './outgoing.ts'
import { flatten } from './round-trip.ts'
import { readNetworkError, UpstreamError } from './upstream-error.ts'

export interface OpenedAnswer {
  status: number
  /** names in lower case; repeated headers joined with a comma */
  headers: Record<string, string>
  /** must be read or destroyed; it fails with an UpstreamError */
  body: Readable
}

const BUFFER = 256 * 1024

/**
 * Sends one request exactly once and returns its answer when it begins; its body is read as fast as the reader reads it. Times in milliseconds.
 * Throws UpstreamError; its `sent` is false only when undici never handed the request to a connected socket.
 */
export function openAnswer(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  { url, method, headers, body }: Outgoing,
  { headersMs, bodyMs }: { headersMs: number; bodyMs: number }
): Promise<OpenedAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let answer: Readable | undefined
    let ended = false

    const bodyFor = (started: Dispatcher.DispatchController) =>
      // whoever reads it gets its error; before anybody does, or after, an error without a listener would end the process
      new Readable({
        highWaterMark: BUFFER,
        read: () => started.resume(),
        destroy(error, done) {
          if (!ended) started.abort(error ?? new Error('the rest is not needed'))
          done(error)
        }
      }).on('error', () => {})

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        // undici queued the request again: do not write it a second time
        if (controller) return started.abort(new Error('already sent'))
        controller = started
      },
      onResponseStart(started, status, raw) {
        if (status < 200) return
        answer = bodyFor(started)
        resolve({ status, headers: flatten(raw), body: answer })
      },
      onResponseData(started, chunk) {
        if (answer?.push(chunk) === false) started.pause()
      },
      onResponseEnd() {
        ended = true
        answer?.push(null)
      },
      onResponseError(_, error) {
        ended = true
        const sent = controller !== undefined
        const { problem, text } = readNetworkError(error, sent)
        const what = answer ? 'was answered only in part' : 'got no answer'
        const failure = new UpstreamError(`${method} ${url.origin}${url.pathname} ${what}: ${text}`, {
          sent,
          problem,
          cause: error
        })
        if (answer) answer.destroy(failure)
        else reject(failure)
      }
    }
    const path = url.pathname + url.search
    dispatcher.dispatch(
      { origin: url.origin, path, method, headers, body, headersTimeout: headersMs, bodyTimeout: bodyMs },
      handler
    )
  })
}
