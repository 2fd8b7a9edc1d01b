import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { errorSerializers, logError, withoutSecrets } from '../../src/lib/log-error.ts'
import { startTestServer } from '../support/server.ts'

const asLine = (error: unknown) => JSON.stringify(logError(error))

describe('a failed query', () => {
  test('is logged with its text and the message of its cause, without its parameters', () => {
    const cause = Object.assign(new Error('no such table: tasks'), { code: 'SQLITE_ERROR', detail: 'DETAIL-CANARY' })
    const error = new DrizzleQueryError('insert into "tasks" values (?)', ['PROMPT-CANARY\n    at CANARY'], cause)
    const line = asLine(error)
    expect(line).toContain('insert into \\"tasks\\" values (?)')
    expect(line).toContain('no such table: tasks')
    expect(line).toContain('SQLITE_ERROR')
    expect(line).not.toContain('CANARY')
  })

  test("does not carry a request's prompt into the log of a server whose database fails", async () => {
    const lines: string[] = []
    const server = await startTestServer({ env: { SANDBOX: 'auto' }, onLog: line => lines.push(line) })
    const database = new Sqlite(join(server.folder, 'reelay.db'))
    database.exec('alter table tasks rename column prompt to lost')
    database.close()
    const { status } = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'PROMPT-CANARY' })
    await server.close()
    expect(status).toBe(500)
    const logged = lines.filter(line => line.includes('request failed'))
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('has no column named prompt')
    expect(lines.join('')).not.toContain('CANARY')
  })
})

test('only named properties of an error are logged, causes and aggregates included', () => {
  const inner = Object.assign(new Error('inner'), { headers: { authorization: 'CANARY' }, code: 'ECONNRESET' })
  const error = new AggregateError([inner], 'all failed', { cause: new Error('outer', { cause: inner }) })
  const line = asLine(Object.assign(error, { body: 'CANARY' }))
  for (const word of ['all failed', 'inner', 'outer', 'ECONNRESET']) expect(line).toContain(word)
  expect(line).not.toContain('CANARY')
})

test('an endless chain of causes is cut', () => {
  const error = new Error('round')
  error.cause = error
  expect(asLine(error).match(/"round"/g)).toHaveLength(6)
})

test('a cause that is data keeps its text, not its secrets', () => {
  const cause = { reason: 'bad key sk-abcdefghijkl', steps: ['Bearer abcdefghijkl'] }
  expect(logError(cause)).toEqual({ reason: 'bad key sk-…', steps: ['Bearer …'] })
})

test('the message of a vendor’s rejection is left out: it may repeat the prompt', () => {
  const failure = { kind: 'auth', code: '1002', message: 'no such thing as a cat in a hat', retryAfterSeconds: 5 }
  expect(logError(failure)).toEqual({ kind: 'auth', code: '1002', retryAfterSeconds: 5 })
  expect(errorSerializers.failure(failure)).toEqual(logError(failure))
  expect(errorSerializers.failure(undefined)).toBeUndefined()
})

test.each([
  ['key sk-0123456789abcdef is unknown', 'key sk-… is unknown'],
  ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'secret whsec_…'],
  ['authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln', 'authorization: Bearer …'],
  ['Authorization: Key abc-def:0123456789', 'Authorization: Key …'],
  ['token eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM was refused', 'token … was refused'],
  ['GET https://cdn.example/a.mp4?Expires=1&Signature=abc~d failed', 'GET https://cdn.example/a.mp4?… failed'],
  ['at /v1/videos/video_1/content?expires=1&signature=abc', 'at /v1/videos/video_1/content?expires=1&signature=…'],
  ['connect postgres://reelay:hunter2@db:5432/x', 'connect postgres://…@db:5432/x'],
  ['nothing to hide at https://example.com/a', 'nothing to hide at https://example.com/a']
])('%s → %s', (text, masked) => expect(withoutSecrets(text)).toBe(masked))

test('a long message is cut, and its cut end is not half a secret', () => {
  const text = withoutSecrets(`${'a '.repeat(995)}sk-0123456789abcdef0123456789abcdef`)
  expect(text.length).toBeLessThan(2010)
  expect(text).not.toContain('sk-0123')
})
