import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'
import { withoutTrailing } from '../lib/trailing.ts'

type Addressed = Pick<FastifyRequest, 'protocol' | 'host' | 'headers' | 'ips' | 'socket'>

/**
 * Returns the address for links in the answer to a request, without a path: the one that the request was sent to, if that is ours for sure.
 * Anybody may write any name into a Host header, and a link carries a signature; other requests get the address they came in at.
 */
export function originOf({ protocol, host, headers, ips, socket }: Addressed): string {
  const isForwarded = ips !== undefined && (ips.length > 1 || host !== headers.host)
  if (isForwarded || isLocal(host)) return `${protocol}://${host}`
  const { localAddress = '127.0.0.1', localPort } = socket
  return `${protocol}://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}

const known = new LRUCache<string, boolean>({ max: 1000 })

/** Whether a host is this machine or a name or address of its own network, which no stranger can own. */
function isLocal(host: string): boolean {
  const cached = known.get(host)
  if (cached !== undefined) return cached
  const found = URL.canParse(`http://${host}`) && isLocalName(new URL(`http://${host}`).hostname)
  known.set(host, found)
  return found
}

function isLocalName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(bare)) return !['unicast', 'reserved'].includes(ipaddr.process(bare).range())
  // RFC 6761, 6762 and 8375, and what companies and Docker use inside
  return !bare.includes('.') || /\.(localhost|local|internal|lan|home\.arpa|test)$/.test(bare)
}

/** Returns the address of the console, as browsers know it. */
export const consoleUrl = (request: Addressed, publicUrl: string | undefined) =>
  `${withoutTrailing(publicUrl ?? originOf(request), '/')}/console`
