import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

/* A lost secret.key is said, and not replaced by one that fits nothing. */

const folder = forEachTest(() => makeFolder('secret-key'))

test.each(kinds)('on %s', async kind => {
  const { url, close } = await freshUrl(kind)
  const open = () =>
    openNode({
      folder: folder.path,
      now: Date.now,
      env: { DATABASE_URL: url },
      exchange: { submit: () => Promise.reject(new Error('no')), ask: () => Promise.reject(new Error('no')) }
    })
  await (await open()).close()
  const path = join(folder.path, 'secret.key')
  const key = readFileSync(path, 'utf8')
  rmSync(path)
  await expect(open()).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringMatching(`^${path} is missing.* Restore that file`)
  })
  expect(existsSync(path)).toBe(false)
  writeFileSync(path, key)
  await (await open()).close()
  await close()
})
