import { signWebhook } from '../../lib/standard-webhooks.ts'
import { jsonPost, type Wire } from './wire.ts'

/**
 * A program of the operator: an event in the shape of our other webhooks, signed as Standard Webhooks 1.0 defines it
 * (https://www.standardwebhooks.com). Any 2xx answer takes it.
 */
export const webhook: Wire = {
  write({ address, secret }, { id, phase, incident, message }, now) {
    const timestamp = String(Math.floor(now / 1000))
    const data = incident && {
      id: incident.id,
      kind: incident.kind,
      subject: incident.subject,
      severity: incident.severity,
      opened_at: Math.floor(incident.openedAt / 1000),
      closed_at: incident.closedAt === null ? null : Math.floor(incident.closedAt / 1000)
    }
    const { title, summary, facts, advice, link } = message
    const post = jsonPost(address, {
      id,
      object: 'event',
      created_at: Number(timestamp),
      type: `alert.${phase}`,
      data: { ...data, title, summary, facts: Object.fromEntries(facts), advice, link }
    })
    const signature = signWebhook(secret ?? '', id, timestamp, post.body)
    return {
      ...post,
      headers: { ...post.headers, 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    }
  },
  problem: () => null
}
