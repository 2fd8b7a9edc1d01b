import { createDownload } from './download.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { createGuard, type Guard, type GuardOptions } from './guard.ts'
import { createPost } from './post.ts'
import { createSend } from './send.ts'

interface Options {
  /** private networks and hosts that may be called */
  allow: GuardOptions['allow']
  /** our own sandbox, callable whatever `allow` says */
  sandbox: GuardOptions['sandbox']
  /** a submit without an answer is looked up after this, in milliseconds */
  reconcileAfterMs: number
  now(): number
  /** replaces the exchange with vendors, in simulations */
  exchange?: Exchange | undefined
}

/** Everything that sends requests: to vendors, and to URLs that users and vendors name. */
export function openUpstream({ allow, sandbox, reconcileAfterMs, now, exchange }: Options) {
  const guard: Guard = createGuard({ allow, sandbox })
  // it must have ended well before it is looked up
  const submitTimeout = Math.min(60_000, Math.floor((reconcileAfterMs * 2) / 3))
  const send = createSend({ guard, times: { submitMs: submitTimeout } })
  const download = createDownload({ guard })
  const { post, close: closePost } = createPost({ guard })

  return {
    exchange: exchange ?? createExchange({ send, download, now, submitTimeout }),
    post,

    /** Returns why a URL may not be called; null: it may. */
    refuseAddress: (url: string) => guard.check(url),

    async close() {
      await Promise.all([send.close(), download.close(), closePost()])
    }
  }
}

export type Upstream = ReturnType<typeof openUpstream>
