import { createHash } from 'node:crypto'

export const alertKinds = ['slack', 'feishu', 'dingtalk', 'wecom', 'webhook', 'mailto'] as const
export type AlertKind = (typeof alertKinds)[number]

/** Somebody who is told of incidents. */
export interface AlertTarget {
  /** stays the same while kind and address do, e.g. `slack-1f0c9a3e` */
  id: string
  kind: AlertKind
  /** a URL without `secret`, or an e-mail address */
  address: string
  /** what messages are signed with */
  secret: string | null
  /** the address for people to read: paths and queries of these URLs are secrets */
  shown: string
}

const sample = 'e.g. slack:https://hooks.slack.com/services/…'

/**
 * Parses `slack:https://…, dingtalk:https://…&secret=SEC…, mailto:ops@example.com`; entries are separated by commas or white space. Throws an
 * Error that says which entry is wrong, without its address.
 */
export function parseAlertTargets(text: string): AlertTarget[] {
  const entries = text.split(/[\s,]+/).filter(Boolean)
  const targets = entries.map((entry, index) => parseOne(entry, `entry ${index + 1}`))
  const twice = targets.find(({ id }, index) => targets.findIndex(other => other.id === id) < index)
  if (twice) throw new Error(`${twice.kind}:${twice.shown} is there twice`)
  return targets
}

function parseOne(entry: string, which: string): AlertTarget {
  const [name, rest = ''] = entry.split(/:(.*)/s)
  const kind = alertKinds.find(one => one === name)
  if (!kind) throw new Error(`${which} must begin with ${alertKinds.map(one => `${one}:`).join(', ')}, ${sample}`)
  const target = (address: string, secret: string | null, shown: string) => ({
    id: `${kind}-${createHash('sha256').update(`${kind}:${address}`).digest('hex').slice(0, 8)}`,
    kind,
    address,
    secret,
    shown
  })
  if (kind === 'mailto') {
    if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(rest)) throw new Error(`${which} (mailto) must be an e-mail address`)
    return target(rest, null, rest)
  }
  if (!/^https?:\/\//.test(rest) || !URL.canParse(rest))
    throw new Error(`${which} (${kind}) must be ${kind}: and an https:// URL`)
  const url = new URL(rest)
  const secret = url.searchParams.get('secret')
  url.searchParams.delete('secret')
  if (kind === 'webhook' && !/^whsec_[A-Za-z0-9+/=]{16,}$/.test(secret?.replaceAll(' ', '+') ?? ''))
    throw new Error(`${which} (webhook) needs secret=whsec_… in its query, to sign messages with`)
  // in a query a plus sign is a space
  return target(url.href, secret?.replaceAll(' ', '+') ?? null, `${url.origin}/…`)
}
