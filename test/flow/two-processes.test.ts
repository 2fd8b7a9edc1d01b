import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* A folder with SQLite has one server, and one that cannot start disturbs nobody; on one Postgres every node has its sandbox. */

const running: TestServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

async function start(env: Record<string, string>) {
  const server = await startTestServer({ env })
  running.push(server)
  return server
}

const folder = () => mkdtempSync(join(tmpdir(), 'reelay-two-'))

async function makeVideo(server: TestServer, reader = server) {
  const { status, body } = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat', seconds: 5 })
  expect(status, JSON.stringify(body)).toBe(200)
  await server.advance(10_000)
  await reader.advance(10_000)
  expect(await reader.finished(body.id)).toMatchObject({ status: 'completed' })
  const content = await fetch(`${reader.url}/v1/videos/${body.id}/content`, {
    headers: { authorization: 'Bearer sk-test-admin-0123456789abcdefghij' }
  })
  expect(content.status).toBe(200)
  expect(Buffer.from(await content.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
}

test('a second server on the folder is refused, by the name of the first, which goes on', async () => {
  const DATA_DIR = folder()
  const first = await start({ DATA_DIR, SANDBOX: 'on' })
  const before = Object.fromEntries(
    ['address', 'secret.key', 'sandbox.jsonl'].map(name => [name, readFileSync(join(DATA_DIR, name), 'utf8')])
  )
  const second = startTestServer({ env: { DATA_DIR, SANDBOX: 'on' } })
  await expect(second).rejects.toMatchObject({
    name: 'ConfigError',
    message: `Another reelay runs on ${DATA_DIR} (process ${process.pid}, ${first.url}). Stop it first, or set DATA_DIR to another folder.`
  })
  for (const [name, text] of Object.entries(before)) expect(readFileSync(join(DATA_DIR, name), 'utf8')).toBe(text)
  await makeVideo(first)
  await first.close()
  running.splice(0)
  await makeVideo(await start({ DATA_DIR, SANDBOX: 'on' }))
})

test('a port that is taken is noticed before anything is written', async () => {
  const first = await start({})
  const DATA_DIR = folder()
  await expect(startTestServer({ env: { DATA_DIR, PORT: new URL(first.url).port } })).rejects.toMatchObject({
    code: 'EADDRINUSE'
  })
  expect(readdirSync(DATA_DIR)).toEqual(['server.lock'])
  // it holds nothing either
  await start({ DATA_DIR })
  expect(existsSync(join(DATA_DIR, 'reelay.db'))).toBe(true)
})

test('two nodes on one Postgres: each serves its sandbox, and the tasks of the other', async () => {
  const { url, close } = await freshUrl('postgres')
  const env = { DATABASE_URL: url, SANDBOX: 'on', SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }
  const [one, other] = [await start(env), await start(env)]
  await makeVideo(one)
  await makeVideo(other)
  // the loop of the first never looks again: the other has to poll what it did not submit
  await one.services.loop.stop()
  await makeVideo(one, other)
  for (const server of running.splice(0)) await server.close()
  await close()
})
