import { kling } from '../../src/vendors/kling.ts'
import { signWebhook } from '../../src/vendors/standard-webhooks.ts'
import { channelOf, type Vector } from '../support/vectors.ts'

type Sign = (input: Record<string, unknown>, vector: Vector) => Record<string, unknown>

/** Pure signing vectors: vendor → case → what our signer makes of the input, in the words of the case's `expected`. */
export const signatures: Record<string, Record<string, Sign>> = {
  kling: {
    'signature-jwt-ak-sk': ({ now }, vector) => {
      const signed = kling.sign({ method: 'GET', path: '/' }, channelOf(kling, vector), Number(now) * 1000)
      return { authorization: signed.headers?.authorization }
    },
    'signature-standard-webhooks': input => {
      const given = input as Record<string, string> // true: the case holds texts alone
      return {
        'webhook-signature': signWebhook(
          given.secret!,
          given['webhook-id']!,
          given['webhook-timestamp']!,
          given.rawBody!
        )
      }
    }
  }
}
