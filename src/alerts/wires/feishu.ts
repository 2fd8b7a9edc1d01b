import { createHmac } from 'node:crypto'
import { bodyTextOf, subjectOf } from '../message.ts'
import { jsonPost, problemOfCode, type Wire } from './wire.ts'

/**
 * Custom bots of Feishu and Lark: a rich text (`msg_type: post`), answered with `{"code":0}` or a reason in `msg`, both with HTTP 200. With a
 * secret the body has `timestamp` (seconds) and `sign`: the base64 of HMAC-SHA256 over nothing, with `timestamp\nsecret` as key.
 * https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
export const feishu: Wire = {
  write({ address, secret }, { message }, now) {
    const text = bodyTextOf({ ...message, link: null })
    const paragraphs = text.split('\n').map((line): object[] => [{ tag: 'text', text: line }])
    if (message.link !== null) paragraphs.push([{ tag: 'a', text: 'Open the console', href: message.link }])
    const timestamp = String(Math.floor(now / 1000))
    const signed = secret === null ? {} : { timestamp, sign: signature(timestamp, secret) }
    return jsonPost(address, {
      ...signed,
      msg_type: 'post',
      content: { post: { en_us: { title: subjectOf(message), content: paragraphs } } }
    })
  },
  problem: answer => problemOfCode(answer, 'code', 'msg')
}

const signature = (timestamp: string, secret: string) =>
  createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64')
