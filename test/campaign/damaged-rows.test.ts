import { getTableColumns, getTableName, is, Table } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { findDamagedRows } from '../../src/stores/audit-rows.ts'
import { freshUrl, kinds, runSql, type Kind } from '../support/database.ts'
import { json, startFakeOpenai } from '../support/fake-openai.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../webhooks/receiver.ts'

/*
 * One damaged row of any table harms its own task, key, channel, model or endpoint, and nobody else: the loop goes on, lists are shown, others'
 * videos are made and told. Every JSON column of every table is damaged in turn, and the credential and the signing secrets.
 */

// between them the databases have all of them; `EVERY=1`: each has
const EVERY = Number(process.env.EVERY ?? kinds.length)

// nobody but a disk changes it
const unlocked: Record<Kind, string> = {
  sqlite: 'drop trigger if exists audit_no_update',
  postgres: 'drop trigger if exists audit_no_change on audit'
}

/** [table, column] of everything that is read as JSON, and of what is encrypted. */
const columnsOf = (database: Database) => [
  ...Object.values(database)
    .filter(value => is(value, Table))
    .flatMap(table =>
      Object.values(getTableColumns(table))
        .filter(({ columnType }) => columnType.endsWith('CustomColumn'))
        .map(({ name }) => [getTableName(table), name] as const)
    ),
  ['channels', 'credential'] as const,
  ['keys', 'callback_secret'] as const
]

// Postgres stores no text that is not JSON, but any other shape
const damages: Record<Kind, string> = { sqlite: '{"cut":', postgres: '17' }

describe.each(kinds)('on %s', kind => {
  test('every column in turn', { timeout: 600_000 }, async () => {
    const fresh = await freshUrl(kind)
    const log: string[] = []
    const vendor = await startFakeOpenai()
    const receiver = await startReceiver()
    const env = {
      DATABASE_URL: fresh.url,
      TASK_DEADLINE_MS: '600000',
      QUEUE_WAIT_MS: '600000',
      RECONCILE_AFTER_MS: '3000'
    }
    const server = await startTestServer({ env, onLog: line => log.push(line) })
    const { database } = server.services
    let seen = 0
    let isHeld = false
    const prompts = new Map<string, string>()
    vendor.onSubmit = ({ body }) => {
      const id = `up-${prompts.size}`
      prompts.set(id, (JSON.parse(body) as { prompt: string }).prompt)
      return json({ id, status: 'queued' })
    }
    vendor.onPoll = ({ path }) => {
      const prompt = prompts.get(path.split('/').at(-1)!)
      if (prompt === 'failed') return json({ status: 'failed', error: { message: 'No.' } })
      if (prompt === 'running' && isHeld) return json({ status: 'in_progress' })
      return json({ status: 'completed', url: 'https://cdn.vendor.test/v.mp4' })
    }

    const columns = columnsOf(database).filter((_column, index) => index % EVERY === kinds.indexOf(kind) % EVERY)
    for (const [table, column] of columns) {
      const what = `${table}.${column}`
      // what will be damaged, in every state, and what must not notice
      isHeld = true
      const [bad, good] = [await world(`bad${++seen}`), await world(`good${seen}`)]
      await damage(table, column, bad)
      const isFound =
        !['credential', 'callback_secret'].includes(column) && !(kind === 'postgres' && column === 'operation')
      if (isFound)
        expect(await findDamagedRows(database), what).toContainEqual(expect.objectContaining({ table, column }))
      isHeld = false
      await server.advance(2000)

      // the others end, are told, and can make more
      for (const id of good.running)
        expect(await server.finished(id, good.key), what).toMatchObject({ status: 'completed' })
      const made = await server.call('POST', '/openai/v1/videos', { model: good.model, prompt: 'p' }, good)
      expect(made.status, `${what}: ${JSON.stringify(made.body)}`).toBe(200)
      expect(await server.finished(made.body.id, good.key), what).toMatchObject({ status: 'completed' })
      await server.advance(1000)
      await server.services.deliver.settled()
      const told = receiver.received.filter(({ path }) => path === `/${good.name}`)
      expect(told.length, what).toBeGreaterThanOrEqual(good.running.length + 1)

      // every list is shown, to the operator, to the others, and, unless it is the key itself, to its owner
      for (const path of [
        '/admin/tasks?limit=100',
        '/admin/channels',
        '/admin/models',
        '/admin/keys?limit=100',
        '/admin/usage?group_by=key,model,channel',
        '/admin/ledger?limit=100',
        '/admin/audit?limit=100',
        '/admin/webhook_deliveries?limit=100',
        '/v1/webhook_endpoints?limit=100',
        '/v1/models',
        '/admin/tasks/summary',
        '/admin/overview',
        '/admin/series?step=1h',
        '/admin/failures',
        '/admin/attention',
        '/admin/alerts',
        ...bad.tasks.map(id => `/admin/tasks/${id}/exchanges`),
        ...bad.tasks.map(id => `/admin/tasks/${id}`)
      ]) {
        const answer = await server.call('GET', path)
        expect(answer.status, `${what}: ${path} ${JSON.stringify(answer.body)}`).toBe(200)
      }
      const own = await server.call('GET', '/v1/videos?limit=100', undefined, bad)
      expect(own.status, what).toBe(table === 'keys' && column !== 'callback_secret' ? 500 : 200)
      expect((await server.call('GET', '/v1/videos?limit=100', undefined, good)).status, what).toBe(200)

      // what cannot go on ends by the deadline
      await server.advance(600_000)
      await server.advance(60_000)
      for (const id of bad.tasks)
        expect(await server.inspect(id), what).toMatchObject({ status: expect.stringMatching(/^(completed|failed)$/) })
    }
    expect(seen).toBeGreaterThanOrEqual(Math.floor(21 / EVERY))
    expect(log.filter(line => /loop round failed|delivery round failed/.test(line))).toEqual([])
    expect(log.filter(line => /damaged/.test(line)).length).toBeGreaterThan(5)
    await server.close()
    await vendor.close()
    await fresh.close()

    /** A key with an endpoint, a channel with its model, and tasks that have ended, run, and wait. */
    async function world(name: string) {
      const { id: keyId, key } = await server.newKey({
        name,
        models: [name],
        ip_allowlist: ['127.0.0.1/32', '::1/128']
      })
      await server.call('PATCH', `/admin/keys/${keyId}`, {
        budget: { amount: '1000.00', currency: 'USD', window: 'total', timezone: 'UTC' }
      })
      const channel = await server.newChannel(vendor.channel({ name, models: { [name]: name }, max_concurrency: 2 }))
      await server.call('PUT', `/admin/models/${name}`, {
        candidates: [{ channel, upstream_model: name }],
        prices: [{ unit: 'video', amount: '0.10', currency: 'USD' }]
      })
      const endpoint = await server.call(
        'POST',
        '/v1/webhook_endpoints',
        { url: `${receiver.url}/${name}`, event_types: ['video.completed', 'video.failed'] },
        { key }
      )
      await server.services.stores.incidents.see(
        [{ kind: 'budget', subject: name, severity: 'warn', facts: { name } }],
        { targets: [], now: server.now(), delayOf: () => 0 }
      )
      const create = async (prompt: string) => {
        const { status, body } = await server.call('POST', '/v1/videos', { model: name, prompt }, { key })
        expect(status, JSON.stringify(body)).toBe(200)
        return body.id as string
      }
      const [failed, done] = [await create('failed'), await create('done')]
      for (const id of [failed, done]) await server.finished(id, key)
      const running = [await create('running'), await create('running'), await create('running')]
      return {
        name,
        model: name,
        key,
        keyId,
        channel,
        endpoint: endpoint.body.id,
        running,
        tasks: [failed, done, ...running]
      }
    }

    async function damage(
      table: string,
      column: string,
      { keyId, channel, endpoint, name, tasks }: Awaited<ReturnType<typeof world>>
    ) {
      const where: Record<string, string> = {
        keys: `id = '${keyId}'`,
        channels: `id = '${channel}'`,
        models: `name = '${name}'`,
        endpoints: `id = '${endpoint}'`,
        tasks: `id in (${tasks.map(id => `'${id}'`).join()})`,
        requests: `task_id in (${tasks.map(id => `'${id}'`).join()})`,
        asked: `task_id in (${tasks.map(id => `'${id}'`).join()})`,
        exchanges: `task_id in (${tasks.map(id => `'${id}'`).join()})`,
        attempts: `task_id in (${tasks.map(id => `'${id}'`).join()})`,
        deliveries: `task_id in (${tasks.map(id => `'${id}'`).join()})`,
        events: `key_id = '${keyId}'`,
        audit: `target_name = '${name}'`,
        incidents: `subject = '${name}'`
      }
      const isNull = ['tasks', 'models'].includes(table) ? ` and ${column} is not null` : ''
      if (table === 'audit') await runSql(fresh.url, unlocked[kind])
      await runSql(fresh.url, `update ${table} set ${column} = '${damages[kind]}' where ${where[table]}${isNull}`)
    }
  })
})
