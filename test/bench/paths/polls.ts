import { finished, makeTask, running, seed, startGateway, type Gateway } from '../gateway.ts'
import type { Running } from '../processes.ts'
import { compare, type Pair, type Row, type Side } from '../slices.ts'
import { anchor, type Context } from './context.ts'

const CONNECTIONS = 16
const HOUR = 3_600_000
// more than are asked for within the second that a cached row may live
const MANY = 24_000

/** A: polls, the dominant traffic. */
export async function polls({ client, vendor, effort }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const { folder } = gateway
  const template = await makeTask(gateway)
  const many = seed(folder, template, { count: MANY, row: finished(vendor.url) })
  const [ended, ongoing] = [many[0]!, seed(folder, template, { count: 1, row: running(() => Date.now() + HOUR) })[0]!]
  // a second server, which writes its access line
  const logging = await startGateway(vendor.url, { LOG_LEVEL: 'info' })
  const logged = seed(logging.folder, await makeTask(logging), { count: 1, row: finished(vendor.url) })
  const [http, fastify] = [await anchor('node-http'), await anchor('fastify-bare')]

  const side = ({ url, pid }: Running, { member }: Gateway, ids: readonly string[], base = '/v1/videos'): Side => ({
    pid,
    order: {
      kind: 'load',
      url,
      paths: ids.map(id => `${base}/${id}`),
      method: 'GET',
      headers: member,
      connections: CONNECTIONS,
      seconds: 1
    }
  })
  const pair = (name: string, goal: number, server: Gateway, ids: string[], to = fastify): Pair => ({
    name,
    goal,
    anchorName: to === http ? 'node:http' : 'bare Fastify',
    candidate: side(server, server, ids),
    anchor: side(to, server, ids)
  })
  const throughFront = (name: string, base: string): Pair => ({
    name: `A poll through the front of ${name}`,
    goal: 0.9,
    anchorName: '/v1/videos',
    candidate: side(gateway, gateway, [ended], base),
    anchor: side(gateway, gateway, [ended])
  })
  try {
    return await compare(
      client,
      [
        pair('A poll, finished task', 0.8, gateway, [ended]),
        pair('A poll, running task', 0.8, gateway, [ongoing]),
        pair('A poll, finished task', 0.65, gateway, [ended], http),
        pair('A poll with an access line', 0.6, logging, logged),
        pair('A poll, many tasks (no cache)', 0.55, gateway, many),
        throughFront('OpenRouter', '/api/v1/videos'),
        throughFront('Replicate', '/v1/predictions')
      ],
      effort
    )
  } finally {
    await Promise.all([gateway, logging, http, fastify].map(server => server.stop()))
  }
}
