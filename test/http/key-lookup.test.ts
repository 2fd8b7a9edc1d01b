import { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Key } from '../../src/db/index.ts'
import { createAuth } from '../../src/http/plugins/auth.ts'
import { newSecret } from '../../src/lib/secrets.ts'
import { createSignal, type Signal } from '../../src/lib/signal.ts'
import { createVault } from '../../src/lib/vault.ts'
import type { KeyStore } from '../../src/stores/keys.ts'
import { keyRow } from '../support/rows.ts'

const vault = createVault(Buffer.alloc(32, 1))
const secret = newSecret()
const key = keyRow({ hash: vault.hashKey(secret), createdAt: 0 })

let at = 0
const byHash = vi.fn<(hash: string) => Promise<Key | undefined>>()
const byOldHash = vi.fn<(hash: string) => Promise<Key | undefined>>()
const touch = vi.fn<KeyStore['touch']>()
let auth: ReturnType<typeof createAuth>
let keyChanges: Signal

beforeEach(() => {
  at = 1_000_000
  byHash.mockReset().mockImplementation(async hash => (hash === key.hash ? key : undefined))
  byOldHash.mockReset().mockResolvedValue(undefined)
  touch.mockReset().mockResolvedValue()
  keyChanges = createSignal()
  auth = createAuth({
    keys: { byHash, byOldHash, touch },
    sessions: { identify: () => null, setCookie: () => undefined },
    keyChanges,
    vault,
    now: () => at,
    adminHash: vault.hashKey('sk-chosen-by-the-operator-0123456')
  })
})

// one connection for all: several people may share it behind a proxy
const socket = new Socket()
// true because identify reads these alone
const request = (bearer: string) =>
  ({ headers: { authorization: `Bearer ${bearer}` }, ip: '127.0.0.1', socket }) as FastifyRequest
const ask = (bearer: string) =>
  Promise.try(() => auth.identify(request(bearer))).then(
    found => 'session' in found || found.id,
    error => error.code
  )

describe('the database', () => {
  test('is not asked about what has a wrong checksum', async () => {
    const flipped = secret.slice(0, 10) + (secret[10] === 'x' ? 'y' : 'x') + secret.slice(11)
    for (const wrong of [flipped, 'sk-wrong', key.hash, `${secret}0`, secret.slice(0, -1), "'OR'1'='1", '-'])
      expect(await ask(wrong)).toBe('invalid_api_key')
    expect(byHash).not.toHaveBeenCalled()
  })

  test('is asked by the keyed hash, never with the secret', async () => {
    expect(await ask(secret)).toBe('key_1')
    expect(byHash.mock.calls).toEqual([[key.hash]])
  })

  test('is asked once a second at most', async () => {
    for (let times = 0; times < 5; times++) await ask(secret)
    expect(byHash).toHaveBeenCalledTimes(1)
    at += 1000
    await ask(secret)
    expect(byHash).toHaveBeenCalledTimes(2)
  })

  test('is asked once for all requests that come at once, and again when it did not answer', async () => {
    const slow = Promise.withResolvers<Key>()
    byHash.mockReturnValueOnce(slow.promise)
    const flood = Array.from({ length: 100 }, () => ask(secret))
    slow.reject(new Error('the connection broke'))
    await Promise.all(flood)
    expect(byHash).toHaveBeenCalledTimes(1)
    expect(await ask(secret)).toBe('key_1')
    expect(byHash).toHaveBeenCalledTimes(2)
  })

  test('is asked again when the clock was put back', async () => {
    await ask(secret)
    at -= 3_600_000
    await ask(secret)
    expect(byHash).toHaveBeenCalledTimes(2)
  })

  test('is asked about a key that an operator chose, checksum or not', async () => {
    expect(await ask('sk-chosen-by-the-operator-0123456')).toBe('invalid_api_key')
    expect(byHash).toHaveBeenCalledTimes(1)
  })
})

test('who asks is told by the secret of the request, not by its connection', async () => {
  expect(await ask(secret)).toBe('key_1')
  expect(await ask(newSecret())).toBe('invalid_api_key')
  expect(await ask(secret)).toBe('key_1')
})

describe('a change', () => {
  test('is seen at once', async () => {
    await ask(secret)
    byHash.mockResolvedValue({ ...key, disabled: true })
    keyChanges.emit()
    expect(await ask(secret)).toBe('invalid_api_key')
  })

  test('is seen at once also when an older answer arrives after it', async () => {
    const slow = Promise.withResolvers<Key>()
    byHash.mockReturnValueOnce(slow.promise)
    const before = ask(secret)
    keyChanges.emit()
    byHash.mockResolvedValue({ ...key, revokedAt: at })
    expect(await ask(secret)).toBe('invalid_api_key')
    slow.resolve(key)
    expect(await before).toBe('key_1')
    expect(await ask(secret)).toBe('invalid_api_key')
  })
})

describe('the time of use', () => {
  test('is written at most once a minute', async () => {
    await ask(secret)
    at += 59_999
    await ask(secret)
    const touched = (now: number) => ['key_1', { now, ip: '127.0.0.1', secret: 'current' }]
    expect(touch.mock.calls).toEqual([touched(1_000_000)])
    at += 1
    await ask(secret)
    expect(touch.mock.calls).toEqual([touched(1_000_000), touched(1_060_000)])
  })

  test('is not written again when another node just did', async () => {
    byHash.mockResolvedValue({ ...key, lastUsedAt: at - 30_000 })
    await ask(secret)
    expect(touch).not.toHaveBeenCalled()
  })

  test('that could not be written fails nobody, and is tried again', async () => {
    touch.mockRejectedValueOnce(new Error('disk full'))
    expect(await ask(secret)).toBe('key_1')
    expect(await ask(secret)).toBe('key_1')
    expect(touch).toHaveBeenCalledTimes(2)
  })

  test('is not written for a key that is refused', async () => {
    byHash.mockResolvedValue({ ...key, disabled: true })
    expect(await ask(secret)).toBe('invalid_api_key')
    byHash.mockResolvedValue({ ...key, ipAllowlist: ['10.0.0.0/8'] })
    keyChanges.emit()
    expect(await ask(secret)).toBe('ip_not_allowed')
    expect(touch).not.toHaveBeenCalled()
  })
})
