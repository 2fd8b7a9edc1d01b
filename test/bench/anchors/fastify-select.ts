import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'
import pg from 'pg'
import { ANSWER } from './answer.ts'

/* Fastify with one route, which reads two columns of a task by a prepared statement: the least that a poll of what is stored can cost. */
const [, , url = ''] = process.argv
const columns = 'select prompt, result from tasks where id = '
const read = url.startsWith('postgres') ? postgres() : sqlite()
const app = Fastify()
app.get<{ Params: { id: string } }>('/v1/videos/:id', async ({ params: { id } }, reply) => {
  if (!(await read(id))) return reply.code(404).send()
  return reply.type('application/json; charset=utf-8').send(ANSWER)
})
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))

function postgres() {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  return async (id: string) => (await pool.query({ name: 'task', text: `${columns}$1`, values: [id] })).rows[0]
}
function sqlite() {
  const statement = new Sqlite(url.slice('file:'.length), { readonly: true }).prepare(`${columns}?`)
  return (id: string) => statement.get(id)
}
