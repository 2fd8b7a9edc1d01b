import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { reelay } from './run.ts'

/* `.env` in the working folder. */

const folder = mkdtempSync(join(tmpdir(), 'reelay-dot-env-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const check = async (env: Record<string, string>) => {
  const { code, stdout, stderr } = await reelay(['config', 'check'], env, { cwd: folder })
  return { code, text: stdout + stderr }
}

test('is read, and the real environment wins', async () => {
  writeFileSync(join(folder, '.env'), '# mine\nPORT=4001\nDEFAULT_MODEL="kling-v1"\nRETENTION_DAYS=7\n')
  const { code, text } = await check({ RETENTION_DAYS: '9' })
  expect({ code, text }).toMatchObject({ code: 0 })
  expect(text).toMatch(/PORT +4001/)
  expect(text).toMatch(/DEFAULT_MODEL +kling-v1/)
  expect(text).toMatch(/RETENTION_DAYS +9/)
})

test('its mistakes are told like those of the environment', async () => {
  writeFileSync(join(folder, '.env'), 'PORT=many\n')
  expect(await check({})).toMatchObject({ code: 78, text: expect.stringMatching(/PORT: /) })
  expect(await check({ PORT: '4002' })).toMatchObject({ code: 0 })
})
