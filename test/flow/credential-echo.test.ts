import { is, Table } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { kinds } from '../support/database.ts'
import { json, startFakeOpenai, type Call, type Reply } from '../support/fake-openai.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../webhooks/receiver.ts'

/* A vendor that repeats our own credential, in every form and every answer: it is in no answer of ours, no row, no log line, no webhook. */

const SECRET = 'sk-up/stream+0123=credential'
const forms = [
  SECRET,
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString('base64'),
  Buffer.from(`user:${SECRET}`).toString('base64'),
  Buffer.from(SECRET).toString('base64url'),
  Buffer.from(SECRET).toString('hex')
]
/** What must be nowhere: also the inner part of the base64 of `user:…`, whose ends differ. */
const traces = [...forms, forms[3]!.slice(8, -4)]

/** The words of a vendor that likes to repeat; `authorization` is what it was sent. */
const words = ({ authorization }: Call) =>
  `Incorrect API key: ${forms.join(' or ')}. The request had "Authorization: ${authorization}". See /srv/gateway/auth.py, account 4711-0815.`

const complaint = (call: Call, status: number, more: object = {}): Reply =>
  json({ error: { message: words(call), code: `bad_key_${SECRET}`, param: SECRET }, ...more }, status)

/** By model: how its submit and its polls are answered. */
const vendors: Record<string, { onSubmit?(call: Call): Reply; onPoll?(call: Call): Reply }> = {
  'submit-400': { onSubmit: call => complaint(call, 400) },
  'submit-401': { onSubmit: call => complaint(call, 401) },
  'submit-503': { onSubmit: call => complaint(call, 503) },
  'submit-500': { onSubmit: call => complaint(call, 500) },
  'submit-page': {
    onSubmit: call => ({ status: 502, headers: { 'content-type': 'text/html' }, text: `<pre>${words(call)}</pre>` })
  },
  'submit-200-unknown': { onSubmit: call => json({ message: words(call), [SECRET]: [SECRET] }) },
  'submit-200-text': { onSubmit: call => ({ text: words(call) }) },
  'poll-401': { onPoll: call => complaint(call, 401) },
  'poll-500': { onPoll: call => complaint(call, 500) },
  'poll-failed': { onPoll: call => complaint(call, 200, { status: 'failed' }) },
  'poll-failed-server': {
    onPoll: call => json({ status: 'failed', error: { code: 'server_error', message: words(call) } })
  },
  'poll-running': { onPoll: call => json({ status: words(call), progress: words(call), [words(call)]: 1 }) },
  'poll-completed': {
    onPoll: () =>
      json({ status: 'completed', url: `/v1/files/1.mp4?key=${encodeURIComponent(SECRET)}`, prompt: SECRET })
  }
}

test.for(kinds)('on %s', async kind => {
  const vendor = await startFakeOpenai()
  const receiver = await startReceiver()
  const log: string[] = []
  const env = {
    RECONCILE_AFTER_MS: '3000',
    TASK_DEADLINE_MS: '60000',
    PUBLIC_URL: 'http://127.0.0.1:1'
  }
  const server = await startTestServer({ kind, env, onLog: line => log.push(line) })
  onTestFinished(async () => {
    await server.close()
    await vendor.close()
  })
  const said: Record<string, string> = {}
  const call = async (what: string, ...asked: Parameters<typeof server.call>) => {
    const answer = await server.call(...asked)
    said[what] = JSON.stringify([answer.body, [...answer.headers]])
    return answer
  }

  const modelOf = (id: string) => modelByUpstreamId.get(id) ?? ''
  const modelByUpstreamId = new Map<string, string>()
  vendor.onSubmit = asked => {
    const { model } = JSON.parse(asked.body) as { model: string }
    const id = `up-${model}`
    modelByUpstreamId.set(id, model)
    return vendors[model]?.onSubmit?.(asked) ?? json({ id, status: 'queued' })
  }
  vendor.onPoll = asked => vendors[modelOf(asked.path.split('/').at(-1)!)]?.onPoll?.(asked) ?? json({})
  vendor.onList = asked => json({ data: [{ id: SECRET, prompt: words(asked) }], error: { message: words(asked) } })
  vendor.onProbe = asked => complaint(asked, 401)

  await server.call('POST', '/v1/webhook_endpoints', {
    url: receiver.url,
    event_types: ['video.completed', 'video.failed', 'channel.disabled']
  })
  const channels: string[] = []
  for (const model of Object.keys(vendors)) {
    const settings = vendor.channel({ name: model, credential: SECRET, models: { [model]: model } })
    channels.push((await server.call('POST', '/admin/channels', settings)).body.id)
  }
  for (const model of Object.keys(vendors)) {
    const { body } = await call(`POST ${model}`, 'POST', '/openai/v1/videos', { model, prompt: 'a cat' })
    if (typeof body.id !== 'string') continue
    const video = await server.finished(body.id)
    said[`GET ${model}`] = JSON.stringify(video)
    await call(`admin ${model}`, 'GET', `/admin/tasks/${body.id}`)
    const stream = await fetch(`${server.url}/v1/videos/${body.id}/events`, {
      headers: { authorization: 'Bearer sk-test-admin-0123456789abcdefghij' }
    })
    said[`SSE ${model}`] = await stream.text()
    const [attempt] = await server.services.stores.tasks.attemptsOf(body.id)
    const path = new URL(server.services.callbacks.url(attempt!.channelId, attempt!.id)!).pathname
    await call(`callback ${model}`, 'POST', path, { type: 'video.completed', data: { id: SECRET, words: forms } })
  }
  for (const id of channels) await call(`probe ${id}`, 'POST', `/admin/channels/${id}/test`)
  for (const path of [
    '/v1/videos?limit=100',
    '/admin/tasks?limit=100',
    '/admin/channels',
    '/admin/usage?group_by=channel',
    '/admin/ledger',
    '/admin/webhook_deliveries',
    '/v1/models'
  ])
    await call(path, 'GET', path)
  await server.services.health.revive()
  await server.advance(120_000)
  await receiver.until(5)

  const rows = await dump(server.services.database)
  const everything = { ...said, log: log.join(''), rows, hooks: JSON.stringify(receiver.received) }
  for (const [what, text] of Object.entries(everything)) {
    const plain = text.replaceAll('\\/', '/').replaceAll('\\\\', '\\')
    for (const trace of traces)
      expect(plain.includes(trace), `${what} holds ${trace}: ${text.slice(0, 3000)}`).toBe(false)
  }
  // the operator reads the vendor's words all the same, and clients no more than they need
  expect(said['admin poll-failed']).toContain('Incorrect API key: [credential]')
  expect(said[`probe ${channels[0]}`]).toContain('rejected the credential')
  expect(said['GET poll-failed-server']).not.toMatch(/Incorrect|auth\.py|4711/)
  expect(said['POST submit-401']).not.toMatch(/Incorrect|auth\.py|4711/)
  // the exchange log is the operator's, who reads there what a vendor said
  const { exchanges: _, ...tables } = server.services.database
  for (const [what, text] of Object.entries({ ...everything, rows: await dump(tables) }))
    expect(text, what).not.toMatch(/auth\.py|4711-0815/)
})

/** Every row of every table, as text. */
async function dump({ db, ...database }: Omit<Database, 'exchanges'>): Promise<string> {
  const tables = Object.values(database).filter(value => is(value, Table))
  // true because the tables of a database are those it can select from
  const rows = await Promise.all(tables.map(table => db.select().from(table as Database['tasks'])))
  expect(rows.flat().length).toBeGreaterThan(20)
  return JSON.stringify(rows)
}
