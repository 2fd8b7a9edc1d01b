import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { text } from 'node:stream/consumers'
import { startReceiver, type Received } from '../webhooks/receiver.ts'

/* A room of fakes, each of which speaks the wire of one kind of target and keeps what it was told. */

export const SECRETS = {
  feishu: 'feishu-signing-secret',
  dingtalk: 'SECdingtalk0123456789',
  webhook: `whsec_${Buffer.alloc(32, 7).toString('base64')}`
}

const answers: Record<string, string> = {
  '/slack': 'ok',
  '/feishu': '{"code":0,"data":{},"msg":"success"}',
  '/dingtalk': '{"errcode":0,"errmsg":"ok"}',
  '/wecom': '{"errcode":0,"errmsg":"ok"}',
  '/webhook': ''
}

export interface Mail {
  to: string[]
  data: string
}

export async function startTargets() {
  let close = async () => {}
  const receiver = await startReceiver(end => {
    close = end
  })
  const mails: Mail[] = []
  const refusing = new Map<string, { status: number; body: string }>()
  receiver.onPost =
    ({ path }: Received) =>
    response => {
      const kind = pathOf(path)
      const { status, body } = refusing.get(kind) ?? { status: 200, body: answers[kind] ?? '' }
      response.writeHead(status).end(body)
    }
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, { envelope }, done) {
      void text(stream).then(data => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), data })
        done()
      })
    }
  })
  await new Promise<void>(resolve => smtp.listen(0, '127.0.0.1', resolve))
  const { port } = smtp.server.address() as AddressInfo // it listens on TCP

  return {
    mails,
    env: {
      ALERTS: [
        `slack:${receiver.url}/slack/T0/hidden-path`,
        `feishu:${receiver.url}/feishu?secret=${SECRETS.feishu}`,
        `dingtalk:${receiver.url}/dingtalk?access_token=hidden-token&secret=${SECRETS.dingtalk}`,
        `wecom:${receiver.url}/wecom?key=hidden-key`,
        `webhook:${receiver.url}/webhook?secret=${SECRETS.webhook}`,
        'mailto:ops@example.com'
      ].join(', '),
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      SMTP_FROM: 'reelay@example.com',
      PUBLIC_URL: 'http://127.0.0.1:9000/base'
    },

    /** The posts that a kind of target has got. */
    posts: (kind: string) => receiver.received.filter(({ path }) => pathOf(path) === `/${kind}`),

    /** From now on a kind of target answers with this; null: as always. */
    refuse(kind: string, answer: { status: number; body: string } | null) {
      if (answer) refusing.set(`/${kind}`, answer)
      else refusing.delete(`/${kind}`)
    },

    async close() {
      await close()
      await new Promise<void>(resolve => smtp.close(() => resolve()))
    }
  }
}

const pathOf = (path: string) => /^\/\w+/.exec(path)?.[0] ?? ''
