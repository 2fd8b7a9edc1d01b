import { lookup as lookupAddresses } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { LRUCache } from 'lru-cache'
import { buildConnector } from 'undici'
import { inNetworks, type Allow } from '../lib/address.ts'
import { boundBeginnings } from './beginning.ts'
import { isPublicAddress } from './public-address.ts'
import { UpstreamError } from './upstream-error.ts'

export interface Answer {
  address: string
  family: number
}

export type Resolve = (hostname: string) => Promise<readonly Answer[]>

export interface GuardOptions {
  /** OUTBOUND_ALLOW: may be private, plain HTTP, on any port */
  allow: Allow
  /** further origins that are callable whatever `allow` says */
  trusted?: (origin: string) => boolean
  /** our own sandbox, callable whatever `allow` says: the origin that others know it by, and where it listens on this node */
  sandbox?: { origin: string; url: string } | null | undefined
  /** callable ports of public addresses; `''` is the scheme's default */
  ports?: readonly string[]
  resolve?: Resolve
}

export interface Guard {
  /**
   * Returns why a URL may not be called, as a predicate (`must …`), judged by its text alone; null: it may.
   * `maxLength` in characters, 2048 by default.
   */
  check(url: string, maxLength?: number): string | null
  /** Asks DNS once; fails when any of the addresses is not public. */
  lookup: LookupFunction
  /** The connector for undici: checks the URL again, and connects to the very addresses that `lookup` returned. */
  connector(timeoutMs?: number): buildConnector.connector
}

/** Keeps requests to addresses that come from outside away from our own network (SSRF). */
export function createGuard(options: GuardOptions): Guard {
  const { allow, trusted = () => false, sandbox = null, ports = defaultPorts, resolve = resolveAll } = options
  const isOwn = (origin: string) => origin === sandbox?.origin || origin === sandbox?.url
  const sandboxHost = sandbox && new URL(sandbox.origin).hostname
  const sandboxPort = sandbox ? new URL(sandbox.url).port : ''
  const allowedName = (host: string) =>
    allow.hosts.some(pattern => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern))
  const allowedAddress = (address: string) => inNetworks(address, allow.networks)
  const allowed = (host: string) =>
    allowedName(host) || (isLocalhost(host) ? loopback.some(allowedAddress) : allowedAddress(host))

  function check(text: string, maxLength = 2048): string | null {
    if (text.length > maxLength) return `must have at most ${maxLength} characters`
    if (forbiddenCharacters.test(text)) return 'must not contain spaces, backslashes or control characters'
    const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1]
    const url = authority === undefined ? null : URL.parse(text)
    if (authority === undefined || !url) return 'must be an https:// URL'
    if (authority.includes('@')) return 'must not contain a user name or password'
    const { origin } = url
    if (isOwn(origin) || trusted(origin)) return null
    let verdict = verdicts.get(origin)
    if (!verdict) verdicts.set(origin, (verdict = { reason: judge(url) }))
    return verdict.reason
  }

  // parsing an address and comparing it with networks takes longer than all the rest of a check
  const verdicts = new LRUCache<string, { reason: string | null }>({ max: 1000 })

  /** Judges the scheme, host and port of a URL. */
  function judge(url: URL): string | null {
    const host = bareHost(url.hostname)
    if (allowed(host)) return null
    if (url.protocol !== 'https:')
      return 'must begin with https:// (OUTBOUND_ALLOW permits http:// to the hosts it names)'
    if (!ports.includes(url.port)) return 'must use port 443 or 8443 (OUTBOUND_ALLOW permits others)'
    const inside = isIP(host) ? !isPublicAddress(host) : isInternalName(host)
    return inside ? 'must not be a private or reserved address (OUTBOUND_ALLOW permits some)' : null
  }

  async function resolvePublic(hostname: string): Promise<readonly Answer[]> {
    const host = bareHost(hostname)
    // copied once, so that the addresses that are checked are the ones connected to
    const answers = (await resolve(host)).map(({ address, family }) => ({ address, family }))
    if (!answers.length) throw refused(`${host} has no address`)
    if (allowedName(host)) return answers
    // localhost has two addresses; if the list permits only one of them, that one is used
    if (isLocalhost(host)) {
      const permitted = answers.filter(({ address }) => allowedAddress(address))
      if (permitted.length) return permitted
    }
    const bad = answers.find(({ address }) => !isPublicAddress(address) && !allowedAddress(address))
    if (bad) throw refused(`${host} resolves to ${bad.address}, which is not public`)
    return answers
  }

  const resolveFor = callbackify(resolvePublic)
  const lookup: LookupFunction = (hostname, { all }, callback) =>
    resolveFor(hostname, (error, answers) => {
      if (error) callback(error, [])
      else if (all) callback(null, [...answers])
      else callback(null, answers[0]!.address, answers[0]!.family)
    })

  return {
    check,
    lookup,
    connector(timeoutMs = 5000) {
      const connect = buildConnector({ allowH2: false, timeout: timeoutMs, lookup })
      return boundBeginnings((target, callback) => {
        const { protocol, hostname, port } = target
        // node:net never calls `lookup` for a literal address
        const reason = check(`${protocol}//${isIP(hostname) === 6 ? `[${hostname}]` : hostname}${port && `:${port}`}`)
        if (reason) queueMicrotask(() => callback(refused(`${hostname} ${reason}`), null))
        else
          connect(hostname === sandboxHost ? { ...target, hostname: '127.0.0.1', port: sandboxPort } : target, callback)
      })
    }
  }
}

const defaultPorts = ['', '80', '443', '8443']
// oxlint-disable-next-line no-control-regex -- it matches control characters on purpose
const forbiddenCharacters = /[\u0000-\u0020\u007f\\]/
const loopback = ['127.0.0.1', '::1']

// internal names of RFC 6761, RFC 8375, ICANN and common use, also of containers and clusters
const internalSuffixes = new Set(
  'localhost localdomain local internal intranet private lan home corp arpa onion test svc consul'.split(' ')
)

/** Whether a name has no public meaning: a single label, odd characters, an internal suffix. */
function isInternalName(host: string): boolean {
  return !/^([a-z0-9_-]+\.)+[a-z0-9_-]+$/.test(host) || internalSuffixes.has(host.slice(host.lastIndexOf('.') + 1))
}

function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/** The host in lower case (as URL makes it), without brackets or the final dot. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '')
}

function refused(message: string): UpstreamError {
  return new UpstreamError(message, { sent: false, problem: 'address_refused' })
}

async function resolveAll(hostname: string): Promise<readonly Answer[]> {
  return await lookupAddresses(hostname, { all: true })
}
