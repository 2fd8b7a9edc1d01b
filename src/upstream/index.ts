import { createDownload } from './download.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { createGuard, type Guard } from './guard.ts'
import { createPost } from './post.ts'
import { createSend } from './send.ts'

interface Options {
  /** networks and hosts that may be called though they are private */
  allow: Parameters<typeof createGuard>[0]['allow']
  /** an origin of our own that may be called whatever `allow` says: the sandbox's */
  trusted: string | null
  /** a submit whose answer has not come by then is looked up, in milliseconds */
  reconcileAfterMs: number
  now(): number
  /** talks to vendors instead; simulations bring their own */
  exchange?: Exchange | undefined
}

/** Everything that calls others: vendors, and the addresses that users and vendors name. */
export function openUpstream({ allow, trusted, reconcileAfterMs, now, exchange }: Options) {
  const guard: Guard = createGuard({ allow, trusted: origin => origin === trusted })
  // well before it is looked up
  const submitTimeout = Math.min(60_000, Math.floor((reconcileAfterMs * 2) / 3))
  const send = createSend({ guard, times: { submitMs: submitTimeout } })
  const download = createDownload({ guard })
  const { post, close: closePost } = createPost({ guard })

  return {
    exchange: exchange ?? createExchange({ send, download, now, submitTimeout }),
    post,

    /** Why a URL may not be called; null: it may. */
    refuseAddress: (url: string) => guard.check(url),

    async close() {
      await Promise.all([send.close(), download.close(), closePost()])
    }
  }
}

export type Upstream = ReturnType<typeof openUpstream>
