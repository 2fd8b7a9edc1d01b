import { bodyTextOf, subjectOf } from '../message.ts'
import { jsonPost, problemOfCode, type Wire } from './wire.ts'

const MOST_BYTES = 2048

/**
 * Robots of WeCom groups: `msgtype: text` of at most 2048 bytes, answered with `{"errcode":0}` or a reason in `errmsg`, both with HTTP 200.
 * At most 20 messages a minute. https://developer.work.weixin.qq.com/document/path/91770
 */
export const wecom: Wire = {
  write({ address }, { message }) {
    const text = `${subjectOf(message)}\n${bodyTextOf(message)}`
    return jsonPost(address, { msgtype: 'text', text: { content: cut(text) } })
  },
  problem: answer => problemOfCode(answer, 'errcode', 'errmsg')
}

/** Cuts after whole characters. */
const cut = (text: string) => new TextDecoder().decode(Buffer.from(text).subarray(0, MOST_BYTES)).replace(/\uFFFD$/, '')
