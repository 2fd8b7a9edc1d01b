import Fastify from 'fastify'
import { ANSWER } from './answer.ts'

/* Fastify with one route and no plugin, hook or log. */

const app = Fastify()
app.get('/v1/videos/:id', async (_request, reply) => reply.type('application/json; charset=utf-8').send(ANSWER))

console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
