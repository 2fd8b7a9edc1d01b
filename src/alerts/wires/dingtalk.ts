import { createHmac } from 'node:crypto'
import { bodyTextOf, subjectOf } from '../message.ts'
import { jsonPost, problemOfCode, type Wire } from './wire.ts'

/**
 * Custom robots of DingTalk: `msgtype: text`, answered with `{"errcode":0}` or a reason in `errmsg`, both with HTTP 200. With a secret
 * (`SEC…`) the URL gets `timestamp` (milliseconds) and `sign`: the base64 of HMAC-SHA256 over `timestamp\nsecret`, with the secret as key.
 * At most 20 messages a minute. https://open.dingtalk.com/document/robots/custom-robot-access
 */
export const dingtalk: Wire = {
  write({ address, secret }, { message }, now) {
    const url = new URL(address)
    if (secret !== null) {
      const timestamp = String(Math.floor(now))
      url.searchParams.set('timestamp', timestamp)
      url.searchParams.set('sign', signature(timestamp, secret))
    }
    const content = `${subjectOf(message)}\n${bodyTextOf(message)}`
    return jsonPost(url.href, { msgtype: 'text', text: { content } })
  },
  problem: answer => problemOfCode(answer, 'errcode', 'errmsg')
}

const signature = (timestamp: string, secret: string) =>
  createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
