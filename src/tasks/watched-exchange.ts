import type { Logger } from 'pino'
import type { ExchangeStep } from '../db/index.ts'
import type { Opened } from '../upstream/download.ts'
import type { Exchange } from '../upstream/exchange.ts'
import type { Receiver } from '../upstream/send.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, Vendor } from '../vendors/vendor.ts'

/** Which task a call to a vendor is about. */
export interface About {
  taskId: string
  attemptId: string | null
  step: ExchangeStep
  /** the trace context of the task; null: it is not traced */
  traceparent: string | null
  /** who takes the video when the answer to a submit is the video */
  film?: Receiver | undefined
}

/** An exchange whose calls may say what they are about. */
export interface WatchedExchange extends Exchange {
  submit(vendor: Vendor, config: ChannelConfig, request: HttpRequest, about?: About): Promise<HttpAnswer>
  ask(vendor: Vendor, config: ChannelConfig, request: HttpRequest, about?: About): Promise<HttpAnswer>
}

export interface Call {
  operation: 'submit' | 'ask'
  vendor: Vendor
  config: ChannelConfig
  /** before it is signed: it has no credential */
  request: HttpRequest
  /** absent: no task, but a test of a channel or an operator's lookup */
  about: About | undefined
}

/** What one call is watched with, from before it is sent: one of the two is called when it has ended. */
export interface Watch<Answer> {
  /** sent with the request */
  headers?: Record<string, string>
  answered(answer: Answer): void
  failed(error: unknown): void
}

/** Somebody who watches calls to vendors. Undefined: this one is of no interest. */
export interface Watcher {
  call(call: Call): Watch<HttpAnswer> | undefined
  /** a file is opened */
  download?(config: ChannelConfig): Watch<Opened> | undefined
}

interface Dependencies {
  exchange: Exchange
  watchers: readonly Watcher[]
  log: Logger
}

/** Returns an exchange that tells the watchers of every call. An error of theirs is logged: it never hides what a vendor answered. */
export function watchExchange({ exchange, watchers, log }: Dependencies): WatchedExchange {
  function safely<Result>(work: () => Result): Result | undefined {
    try {
      return work()
    } catch (err) {
      log.error({ err }, 'a call to a vendor could not be recorded')
      return undefined
    }
  }

  async function watched<Answer>(
    begin: (watcher: Watcher) => Watch<Answer> | undefined,
    send: (headers: Record<string, string> | undefined) => Promise<Answer>
  ): Promise<Answer> {
    const watches = watchers.flatMap(watcher => safely(() => begin(watcher)) ?? [])
    const added = watches.flatMap(({ headers }) => (headers ? [headers] : []))
    try {
      const answer = await send(added.length > 0 ? Object.assign({}, ...added) : undefined)
      for (const watch of watches) safely(() => watch.answered(answer))
      return answer
    } catch (error) {
      for (const watch of watches) safely(() => watch.failed(error))
      throw error
    }
  }

  const calls =
    (operation: 'submit' | 'ask') =>
    (vendor: Vendor, config: ChannelConfig, request: HttpRequest, about?: About): Promise<HttpAnswer> =>
      watched(
        watcher => watcher.call({ operation, vendor, config, request, about }),
        headers =>
          exchange[operation](
            vendor,
            config,
            headers ? { ...request, headers: { ...request.headers, ...headers } } : request,
            { film: about?.film }
          )
      )

  return {
    ...exchange,
    submit: calls('submit'),
    ask: calls('ask'),
    open: (vendor, config, target, options) =>
      watched(
        watcher => watcher.download?.(config),
        () => exchange.open(vendor, config, target, options)
      )
  }
}
