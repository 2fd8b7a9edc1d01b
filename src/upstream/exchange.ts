import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Bytes, ChannelConfig, HttpAnswer, HttpRequest, Vendor } from '../vendors/vendor.ts'
import type { Download, Opened, OpenOptions } from './download.ts'
import { REDACTED, type Secrets } from './redact.ts'
import type { Receiver, Send } from './send.ts'
import { UpstreamError } from './upstream-error.ts'

interface Dependencies {
  send: Send
  download: Download
  now(): number
  /** a submit is aborted after this, in milliseconds; must be well below RECONCILE_AFTER_MS */
  submitTimeout: number
}

const TOKEN_MARGIN = 5 * 60_000
const PREPARE_TIMEOUT = 45_000
const INLINE_LIMIT = 256 * 1024 * 1024

/** Calls to vendors: adds the credential (or the token bought with it), sends, returns the answer as data. */
export function createExchange({ send, download, now, submitTimeout }: Dependencies) {
  const tokens = new LRUCache<string, Promise<{ token: string; expiresAt: number }>>({ max: 1000 })

  async function sign(vendor: Vendor, config: ChannelConfig, request: HttpRequest): Promise<HttpRequest> {
    const exchange = vendor.token?.skip?.(config) ? undefined : vendor.token
    const token = exchange && (await tokenOf(vendor, config))
    return vendor.sign(request, config, now(), token)
  }

  async function tokenOf(vendor: Vendor, config: ChannelConfig): Promise<string> {
    const name = createHash('sha256')
      .update(vendor.id + JSON.stringify(config.credential))
      .digest('base64')
    let bought = tokens.get(name)
    if (!bought || (await bought.catch(() => ({ expiresAt: 0 }))).expiresAt - TOKEN_MARGIN < now()) {
      bought = buyToken(vendor, config)
      tokens.set(name, bought)
      bought.catch(() => tokens.delete(name))
    }
    return (await bought).token
  }

  async function buyToken(vendor: Vendor, config: ChannelConfig) {
    const { request, read } = vendor.token!
    const bought = read(await send.ask(request(config, now()), destination(vendor, config)), now())
    if ('token' in bought) return bought
    throw new UpstreamError(`no access token: ${bought.message}`, { sent: false })
  }

  const destination = (vendor: Vendor, config: ChannelConfig) => ({
    baseUrl: config.baseUrl,
    origins: vendor.facts.credentialOrigins ?? [],
    credential: config.credential,
    secrets: secretsOf(vendor, config)
  })

  return {
    /**
     * Sends a request that costs money. Throws UpstreamError; its `sent` tells whether bytes may have left. `film`: who takes the video when the
     * answer is the video.
     */
    async submit(
      vendor: Vendor,
      config: ChannelConfig,
      request: HttpRequest,
      { film }: { film?: Receiver | undefined } = {}
    ): Promise<HttpAnswer> {
      const signed = await unpaid(() => sign(vendor, config, request))
      if (film) return send.submitForFile(signed, destination(vendor, config), film)
      return send.submit(signed, { ...destination(vendor, config), signal: AbortSignal.timeout(submitTimeout) })
    },

    /** Sends a request that costs nothing: a poll, cancel, lookup or upload. Throws UpstreamError with `sent: false`. */
    async ask(vendor: Vendor, config: ChannelConfig, request: HttpRequest): Promise<HttpAnswer> {
      return unpaid(async () =>
        send.ask(await sign(vendor, config, request), {
          ...destination(vendor, config),
          ...(vendor.facts.inlineResults && { maxBytes: INLINE_LIMIT })
        })
      )
    },

    /** Downloads images that a vendor cannot fetch itself: one after another, as each is in memory twice meanwhile. Throws UpstreamError with `sent: false`. */
    async fetch(urls: readonly string[]): Promise<Record<string, Bytes>> {
      const signal = AbortSignal.timeout(PREPARE_TIMEOUT)
      return unpaid(async () => {
        const fetched: Record<string, Bytes> = {}
        for (const url of urls) fetched[url] = await download.small(url, { signal })
        return fetched
      })
    },

    /** Opens a result for streaming, with the channel's credential where it needs one. Throws UpstreamError when there is no HTTP answer. */
    async open(
      vendor: Vendor,
      config: ChannelConfig,
      target: { url: string; auth?: boolean } | { fetch: HttpRequest },
      options: OpenOptions
    ): Promise<Opened> {
      const isPlain = 'url' in target && !target.auth && !target.url.includes(REDACTED)
      if (isPlain) return download.open({ url: target.url }, options)
      const request: HttpRequest = 'fetch' in target ? target.fetch : { method: 'GET', path: target.url }
      return download.open({ request: await sign(vendor, config, request), ...destination(vendor, config) }, options)
    }
  }
}

export type Exchange = ReturnType<typeof createExchange>

// once for each credential: `redact` keeps the forms of a secret by this object
const known = new WeakMap<ChannelConfig['credential'], Secrets>()

function secretsOf({ credential: { fields } }: Vendor, { credential }: ChannelConfig): Secrets {
  const found = known.get(credential)
  if (found) return found
  const valuesOf = (isSecret: boolean) =>
    fields.flatMap(({ name, secret }) => (secret === isSecret && credential[name] ? [credential[name]] : []))
  const secrets = { secret: valuesOf(true), named: valuesOf(false) }
  known.set(credential, secrets)
  return secrets
}

// whatever fails here, nothing was paid for: it may be tried again
async function unpaid<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UpstreamError && error.sent) {
      const { message, problem, status } = error
      throw new UpstreamError(message, { sent: false, problem, status, cause: error })
    }
    throw error
  }
}
