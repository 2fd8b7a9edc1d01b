import type { AlertTarget } from '../lib/alert-targets.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import type { Post } from '../upstream/post.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import { createMail, type MailSettings } from './mail.ts'
import type { Alert } from './message.ts'
import { wires } from './wires/index.ts'

interface Dependencies {
  post: Post['post']
  /** null: no e-mails */
  mail: MailSettings | null
  now(): number
}

const LONGEST = 300

/** Returns a function that sends an alert to a target once. It returns why that failed, without secrets; null: the target took it. Never throws. */
export function createSend({ post, mail, now }: Dependencies) {
  const sendMail = mail && createMail(mail)

  return async (target: AlertTarget, alert: Alert): Promise<string | null> => {
    try {
      const { kind } = target
      if (kind !== 'mailto') return await sendPost({ ...target, kind }, alert)
      if (!sendMail) return 'SMTP_URL is not set'
      await sendMail(target, alert)
      return null
    } catch (error) {
      return reasonOf(error, target)
    }
  }

  async function sendPost(target: AlertTarget & { kind: keyof typeof wires }, alert: Alert): Promise<string | null> {
    const wire = wires[target.kind]
    const { url, ...options } = wire.write(target, alert, now())
    const { status, text } = await post(url, options)
    if (status >= 200 && status < 300) return cut(wire.problem(text), target)
    return cut(`answered HTTP ${status}: ${text.trim() || 'nothing else'}`, target)
  }
}

export type Send = ReturnType<typeof createSend>

function reasonOf(error: unknown, target: AlertTarget): string {
  if (!(error instanceof UpstreamError)) return cut(error instanceof Error ? error.message : 'unknown', target) ?? ''
  // its message contains the address
  if (error.problem === 'timeout') return 'no answer in time'
  if (error.problem === 'address_refused') return 'the address is private or not allowed (OUTBOUND_ALLOW)'
  return 'no answer: the connection failed'
}

/** What a stranger answered may repeat the address, which is a secret. */
function cut(reason: string | null, { address, secret }: AlertTarget): string | null {
  if (reason === null) return null
  const parts = [secret ?? '', ...(address.includes('//') ? address.split(/[/?&=]/) : [])].filter(
    part => part.length > 7
  )
  const host = address.includes('//') ? new URL(address).host : ''
  const masked = parts.filter(part => part !== host).reduce((text, part) => text.replaceAll(part, '…'), reason)
  return withoutSecrets(masked.replaceAll('\0', ''), LONGEST)
}
