import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Answers with a stream of server-sent events, which no proxy may hold back or change. */
export const sendEvents = (reply: FastifyReply, stream: Readable) =>
  reply
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no'
    })
    .send(stream)
