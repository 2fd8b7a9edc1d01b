import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Attention } from '../admin/attention.ts'
import { ApiError, ConfigError } from '../errors.ts'
import type { AlertTarget } from '../lib/alert-targets.ts'
import { newId } from '../lib/ids.ts'
import type { Stores } from '../stores/index.ts'
import type { Upstream } from '../upstream/index.ts'
import { createLookout } from './lookout.ts'
import { messageOf, testMessage } from './message.ts'
import { createNotifier } from './notifier.ts'
import { createSend } from './send.ts'

interface AlertConfig {
  ALERTS: readonly AlertTarget[]
  SMTP_URL?: string | undefined
  SMTP_FROM?: string | undefined
  PUBLIC_URL?: string | undefined
}

interface Dependencies {
  config: AlertConfig
  stores: Pick<Stores, 'incidents' | 'budgets' | 'assets'>
  attention: Attention
  upstream: Pick<Upstream, 'post'>
  now(): number
  /** milliseconds at an even rate */
  monotonic(): number
  random(): number
  log: Logger
}

/** How a test message was taken. */
export interface AlertTest {
  target: AlertTarget
  /** null: it was */
  error: string | null
  ms: number
}

/** Tells operators of incidents, by chat, e-mail or webhook. `checkAlerts` must have passed. */
export function createAlerts({ config, stores, attention, upstream, now, monotonic, random, log }: Dependencies) {
  const { ALERTS: targets, PUBLIC_URL: publicUrl } = config
  const { incidents: store, budgets, assets } = stores
  const send = createSend({ post: upstream.post, mail: mailSettings(config), now })
  const look = createLookout({ attention, budgets, assets, host: hostname(), now })

  return {
    targets,
    notifier: createNotifier({ store, targets, look, send, publicUrl, now, random, log }),

    /** Returns a page of incidents, newest first, with what is said of each and to whom. */
    async list(page: { after?: string; limit: number }) {
      return (await store.list(page)).map(({ incident, alerts }) => ({
        incident,
        alerts,
        message: messageOf(incident, incident.closedAt === null ? 'opened' : 'recovered', publicUrl)
      }))
    },

    /** Sends a test message to one target, or to all. Throws not_found, and invalid_request when there is none. */
    async test(id?: string): Promise<AlertTest[]> {
      const chosen = id === undefined ? targets : targets.filter(target => target.id === id)
      if (targets.length === 0)
        throw new ApiError('invalid_request', { message: 'There is no target: set ALERTS and restart the server.' })
      if (chosen.length === 0)
        throw new ApiError('not_found', { param: 'target', message: `There is no target ${id?.slice(0, 100)}.` })
      return Promise.all(
        chosen.map(async target => {
          const startedAt = monotonic()
          const alert = {
            id: newId('alt', now()),
            phase: 'test' as const,
            incident: null,
            message: testMessage(publicUrl)
          }
          const error = await send(target, alert)
          return { target, error, ms: Math.round(monotonic() - startedAt) }
        })
      )
    }
  }
}

export type Alerts = ReturnType<typeof createAlerts>

/** Throws ConfigError when a target cannot work. `refuseAddress` says why a URL may not be called; null: it may. */
export function checkAlerts(config: AlertConfig, refuseAddress: (url: string) => string | null) {
  for (const { kind, address, shown } of config.ALERTS) {
    const reason = kind === 'mailto' ? null : refuseAddress(address)
    if (reason !== null) throw new ConfigError(`ALERTS: ${kind}:${shown} ${reason}`)
  }
  mailSettings(config)
}

/** Returns how e-mails are sent; null: there are none. Throws ConfigError. */
function mailSettings({ ALERTS: targets, SMTP_URL: url, SMTP_FROM: given }: AlertConfig) {
  if (!targets.some(({ kind }) => kind === 'mailto')) return null
  if (url === undefined)
    throw new ConfigError('ALERTS: mailto: needs SMTP_URL, e.g. smtps://user:password@smtp.example.com')
  const user = decodeURIComponent(new URL(url).username)
  const from = given ?? (user.includes('@') ? user : undefined)
  if (from === undefined)
    throw new ConfigError('SMTP_FROM: must be set to the address that e-mails come from: the user in SMTP_URL is none')
  return { url, from }
}
