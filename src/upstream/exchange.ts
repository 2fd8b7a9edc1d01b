import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type {
  Bought,
  Bytes,
  ChannelConfig,
  HttpAnswer,
  HttpRequest,
  Token,
  TokenStep,
  Vendor
} from '../vendors/vendor.ts'
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
  /** reads a small file of this machine that holds its identity */
  readFile?(path: string): Promise<string>
}

const TOKEN_MARGIN = 5 * 60_000
const PREPARE_TIMEOUT = 45_000
const INLINE_LIMIT = 256 * 1024 * 1024
const MOST_TOKEN_STEPS = 4
const IDENTITY_LIMIT = 64 * 1024

/** Calls to vendors: adds the credential (or the token bought with it), sends, returns the answer as data. */
export function createExchange({ send, download, now, submitTimeout, readFile = readSmallFile }: Dependencies) {
  const tokens = new LRUCache<string, Promise<Token>>({ max: 1000 })

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

  async function buyToken(vendor: Vendor, config: ChannelConfig): Promise<Token> {
    let step: Bought = firstStep(vendor, config)
    for (let steps = 0; 'read' in step && steps < MOST_TOKEN_STEPS; steps++)
      step =
        step.kind === 'file'
          ? step.read(await readIdentity(step.path))
          : step.read(await send.ask(step.request, tokenDestination(vendor, config, step.request)), now())
    if ('token' in step) return step
    throw noToken('message' in step ? step.message : 'it takes too many steps')
  }

  function firstStep(vendor: Vendor, config: ChannelConfig): TokenStep {
    try {
      return vendor.token!.first(config, now())
    } catch (error) {
      throw noToken('the credential cannot be used', error)
    }
  }

  async function readIdentity(path: string): Promise<string> {
    try {
      return await readFile(path)
    } catch (error) {
      throw noToken(`${path} cannot be read`, error)
    }
  }

  /** A request for a token goes where the credential says, with what it says. */
  function tokenDestination(vendor: Vendor, config: ChannelConfig, { path }: HttpRequest) {
    const { origins, ...others } = destination(vendor, config)
    const origin = URL.parse(path)?.origin
    return { ...others, origins: origin === undefined ? origins : [...origins, origin] }
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

const noToken = (message: string, cause?: unknown) =>
  new UpstreamError(`no access token: ${message}`, { sent: false, ...(cause !== undefined && { cause }) })

/** Reads a regular file of at most 64 KiB: an identity, not a device without end. */
async function readSmallFile(path: string): Promise<string> {
  const file = await open(path)
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > IDENTITY_LIMIT) throw new Error('it is not a small file')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
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
