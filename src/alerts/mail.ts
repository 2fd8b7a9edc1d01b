import type { AlertTarget } from '../lib/alert-targets.ts'
import { bodyTextOf, subjectOf, type Alert } from './message.ts'

export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…` */
  url: string
  /** the sender's address */
  from: string
}

/** Returns an alert as an e-mail (RFC 5322): plain text, with a Message-ID that is the same on every attempt. */
export const mailOf = (from: string, { address }: AlertTarget, { id, message }: Alert) => ({
  from: { name: 'reelay', address: from },
  to: address,
  subject: subjectOf(message),
  text: `${bodyTextOf(message)}\n`,
  messageId: `<${id}@reelay>`,
  // RFC 3834: out-of-office robots do not answer
  headers: { 'Auto-Submitted': 'auto-generated' }
})

const TIMEOUT = 15_000

/** Sends e-mails over SMTP, each over a connection of its own; the library is loaded with the first one. */
export function createMail({ url, from }: MailSettings) {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const auth = username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined

  /** Sends one; rejects when the server does not take it. */
  return async (target: AlertTarget, alert: Alert): Promise<void> => {
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      host: hostname,
      port: Number(port) || (secure ? 465 : 587),
      secure,
      // a password only over TLS; without one, TLS when the server offers it
      ...(auth && { auth, requireTLS: !secure }),
      connectionTimeout: TIMEOUT,
      greetingTimeout: TIMEOUT,
      socketTimeout: TIMEOUT,
      dnsTimeout: TIMEOUT,
      disableFileAccess: true,
      disableUrlAccess: true
    })
    try {
      await transport.sendMail(mailOf(from, target, alert))
    } finally {
      transport.close()
    }
  }
}
