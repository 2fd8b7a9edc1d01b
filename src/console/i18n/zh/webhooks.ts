import type { Words } from '../words.ts'

export const webhooks: Words['webhooks'] = {
  title: 'Webhook'
}
