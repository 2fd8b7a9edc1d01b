import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { envExample, formerNamesIn, loadClientConfig, loadConfig, schema } from '../src/config.ts'
import { ConfigError } from '../src/errors.ts'

const secretKey = Buffer.alloc(32, 7).toString('base64')

function problemsOf(env: Record<string, string>, readFile?: (path: string) => string): string[] {
  try {
    loadConfig(env, readFile)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map(line => line.trim())
  }
  return []
}

describe('loadConfig', () => {
  test('an empty environment means the documented defaults', () => {
    expect(loadConfig({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      DATA_DIR: './data',
      DATABASE_URL: 'file:data/reelay.db',
      SANDBOX: 'auto',
      VIDEO_STATUS_DIALECT: 'auto',
      SUBMIT_WAIT_MS: 15_000,
      OUTBOUND_ALLOW: { networks: [], hosts: [] },
      TRUST_PROXY: [],
      CORS_ORIGINS: [],
      LOG_LEVEL: 'info'
    })
  })

  test('the database is in DATA_DIR by default', () => {
    expect(loadConfig({ DATA_DIR: '/srv/reelay' }).DATABASE_URL).toBe('file:/srv/reelay/reelay.db')
    expect(loadConfig({ DATABASE_URL: 'postgres://db/reelay' }).DATABASE_URL).toBe('postgres://db/reelay')
  })

  test('every problem is reported at once, by name', () => {
    const env = {
      PORT: '70000',
      DATABASE_URL: 'mysql://db',
      SECRET_KEY: 'c2hvcnQ=',
      ADMIN_KEY: 'admin',
      SANDBOX: 'maybe',
      OUTBOUND_ALLOW: '10.0.0.0/99',
      LOG_LEVEL: 'loud',
      TRUST_PROXY: 'true',
      CORS_ORIGINS: 'https://app.example.com/path',
      PUBLIC_URL: 'reelay.example.com',
      RETENTION_DAYS: 'a week'
    }
    const told = problemsOf(env).map(line => line.split(':')[0])
    expect(new Set(told)).toEqual(new Set(Object.keys(env)))
  })

  test('a problem never shows a secret', () => {
    const text = problemsOf({
      SECRET_KEY: 'SECRET-CANARY',
      ADMIN_KEY: 'ADMIN-CANARY',
      DATABASE_URL: 'x://CANARY'
    }).join()
    expect(text).toContain('SECRET_KEY')
    expect(text).not.toContain('CANARY')
  })

  test.each(['', '  '])('%j counts as absent', empty => {
    const names = Object.keys(schema.shape)
    expect(loadConfig(Object.fromEntries(names.map(name => [name, empty])))).toEqual(loadConfig({}))
  })

  test('each variable may come from a file, without its line break', () => {
    const readFile = (path: string) => ({ '/run/key': `${secretKey}\n`, '/run/port': ' 8080\n' })[path] ?? ''
    expect(loadConfig({ SECRET_KEY_FILE: '/run/key', PORT_FILE: '/run/port' }, readFile)).toMatchObject({
      SECRET_KEY: secretKey,
      PORT: 8080
    })
  })

  test('a file that cannot be read, and a variable given twice, are problems like others', () => {
    const readFile = () => {
      throw new Error('ENOENT')
    }
    expect(
      problemsOf({ SECRET_KEY_FILE: '/nowhere', PORT: '1', PORT_FILE: '/port', SANDBOX: 'maybe' }, readFile)
    ).toEqual([
      'PORT: PORT_FILE is set too; set only one of them',
      'SECRET_KEY_FILE: /nowhere cannot be read',
      expect.stringMatching(/^SANDBOX: /)
    ])
  })

  test('nobody can change it', () => {
    const config = loadConfig({ CORS_ORIGINS: 'https://a.example', OUTBOUND_ALLOW: '10.0.0.0/8,vllm.internal' })
    for (const part of [config, config.CORS_ORIGINS, config.OUTBOUND_ALLOW, config.OUTBOUND_ALLOW.hosts])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('lists are split at commas', () => {
    const { TRUST_PROXY, CORS_ORIGINS } = loadConfig({
      TRUST_PROXY: '10.0.0.0/8, ::1',
      CORS_ORIGINS: 'https://a.example,http://localhost:5173'
    })
    expect(TRUST_PROXY).toEqual(['10.0.0.0/8', '::1'])
    expect(CORS_ORIGINS).toEqual(['https://a.example', 'http://localhost:5173'])
  })
})

describe('loadClientConfig', () => {
  test('address and key go together', () => {
    expect(loadClientConfig({})).toEqual({})
    expect(loadClientConfig({ REELAY_URL: 'https://reelay.example/', REELAY_KEY: 'sk-x' })).toEqual({
      REELAY_URL: 'https://reelay.example',
      REELAY_KEY: 'sk-x'
    })
    expect(() => loadClientConfig({ REELAY_URL: 'https://reelay.example' })).toThrow(/REELAY_KEY go together/)
    expect(() => loadClientConfig({ REELAY_URL: 'reelay.example', REELAY_KEY: 'sk-x' })).toThrow(/REELAY_URL/)
  })
})

describe('.env.example', () => {
  const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')

  test('is what envExample() makes', () => {
    expect(example).toBe(envExample())
  })

  test('with its comments taken away it says what no environment says', () => {
    const env = Object.fromEntries(
      Array.from(example.matchAll(/^# ([A-Z_]+)=(.*)$/gm), ([, name = '', value = '']) => [name, value])
    )
    expect(Object.keys(env)).toEqual(Object.keys(schema.shape))
    expect(loadConfig(env)).toEqual(loadConfig({}))
  })
})

describe('a variable under the name it had before', () => {
  test('is read, with a warning that names the new one', () => {
    const env = { SUSPENSE_MS: '60000', SUBMIT_SETTLE_MS_FILE: '/run/settle' }
    const config = loadConfig(env, () => '5000')
    expect(config).toMatchObject({ UNRESOLVED_HOLD_MS: 60_000, RECONCILE_AFTER_MS: 5000 })
    expect(formerNamesIn(env)).toEqual([
      'SUBMIT_SETTLE_MS is now called RECONCILE_AFTER_MS. The old name still works, but will be removed in 1.0.',
      'SUSPENSE_MS is now called UNRESOLVED_HOLD_MS. The old name still works, but will be removed in 1.0.'
    ])
  })

  test('is ignored when the new name is set', () => {
    expect(loadConfig({ SUSPENSE_MS: '60000', UNRESOLVED_HOLD_MS: '70000' }).UNRESOLVED_HOLD_MS).toBe(70_000)
    expect(formerNamesIn({ UNRESOLVED_HOLD_MS: '70000', SUSPENSE_MS: '' })).toEqual([])
  })
})
