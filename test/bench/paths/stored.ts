import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { newId } from '../../../src/lib/ids.ts'
import { startPostgres } from '../../support/postgres.ts'
import { dataFolder, finished, makeTask, seed, startGateway, type Gateway, type TaskSeed } from '../gateway.ts'
import { compare, type Pair, type Row, type Side } from '../slices.ts'
import { anchor, type Context } from './context.ts'

const CONNECTIONS = 16
// more than are asked for within the second that a cached row may live
const MANY = 24_000

/** P: polls of many tasks, none of them cached, against a prepared select of the same row behind Fastify, on both databases. */
export async function stored({ client, vendor, effort }: Context): Promise<Row[]> {
  const folder = dataFolder()
  // Postgres may run as another user than this
  chmodSync(folder, 0o755)
  const postgres = await startPostgres(folder)
  const url = `${postgres.url}/postgres`
  const [lite, large] = [await startGateway(vendor.url), await startGateway(vendor.url, { DATABASE_URL: url })]
  const anchors = [
    await anchor('fastify-select', `file:${join(lite.folder, 'reelay.db')}`),
    await anchor('fastify-select', url)
  ] as const
  const many = { count: MANY, row: finished(vendor.url) }
  const ids = [
    seed(lite.folder, await makeTask(lite), many),
    await seedPostgres(url, await makeTask(large), many)
  ] as const

  const side = (server: { url: string; pid: number }, { member }: Gateway, asked: string[]): Side => ({
    pid: server.pid,
    order: {
      kind: 'load',
      url: server.url,
      paths: asked.map(id => `/v1/videos/${id}`),
      method: 'GET',
      headers: member,
      connections: CONNECTIONS,
      seconds: 1
    }
  })
  const pair = (kind: string, gateway: Gateway, bare: (typeof anchors)[number], asked: string[]): Pair => ({
    name: `P poll, many tasks (no cache), ${kind}`,
    anchorName: 'a prepared select behind Fastify',
    candidate: side(gateway, gateway, asked),
    anchor: side(bare, gateway, asked)
  })
  try {
    return await compare(
      client,
      [{ ...pair('PostgreSQL', large, anchors[1], ids[1]), goal: 0.7 }, pair('SQLite', lite, anchors[0], ids[0])],
      effort
    )
  } finally {
    await Promise.all([lite, large, ...anchors].map(server => server.stop()))
    await postgres.stop()
  }
}

/** Like `seed`: copies of one task's row. Every copy has the values of the first. */
async function seedPostgres(url: string, template: string, { count, row }: TaskSeed): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId('video', Date.now()))
  const values = row(0)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string; type: string }>(
    "select column_name as name, udt_name as type from information_schema.columns where table_name = 'tasks'"
  )
  const names = Object.keys(values)
  const chosen = rows.map(({ name, type }) => {
    if (name === 'id') return 'copies.id'
    return names.includes(name) ? `$${names.indexOf(name) + 3}::${type}` : `tasks."${name}"`
  })
  await client.query(
    `insert into tasks (${rows.map(({ name }) => `"${name}"`).join()})
     select ${chosen.join()} from tasks, unnest($2::text[]) as copies (id) where tasks.id = $1`,
    [template, ids, ...Object.values(values)]
  )
  await client.query('analyze tasks')
  await client.end()
  return ids
}
