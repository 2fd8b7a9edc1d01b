import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { loadMigrations } from '../../src/db/migrate.ts'
import { freshUrl } from '../support/database.ts'

/* Before a migration SQLite is copied, so that an upgrade can be undone. */

const all = loadMigrations('sqlite')

/** A file that has all migrations but the last `missing`, with one named value. */
async function olderFile(missing: number) {
  const { url, close } = await freshUrl('sqlite', { bare: true })
  const path = url.slice('file:'.length)
  const database = new Sqlite(path)
  database.exec('create table migrations (name text primary key, applied_at integer not null) strict')
  for (const { name, statements } of all.slice(0, all.length - missing)) {
    for (const one of statements) database.exec(one)
    database.prepare('insert into migrations values (?, 1)').run(name)
  }
  database.exec(`insert into meta values ('kept', 'before the upgrade')`)
  database.close()
  const copies = () =>
    readdirSync(dirname(path)).filter(name => name.startsWith(`${basename(path)}.before-`) && !/-(wal|shm)$/.test(name))
  return { url, path, close, copies }
}

test('the file is copied once, named after the first missing migration, and the copy is what was there', async () => {
  const { url, path, close, copies } = await olderFile(2)
  const told: string[] = []
  const database = await openDatabase(url)
  const applied = await database.migrate({ onCopy: copy => void told.push(copy) })
  expect(applied).toEqual(all.slice(-2).map(({ name }) => name))
  expect(told).toEqual([`${path}.before-${applied[0]}`])
  expect(await database.migrate({ onCopy: copy => void told.push(copy) })).toEqual([])
  expect(told).toHaveLength(1)
  await database.close()

  const copy = new Sqlite(told[0]!, { readonly: true })
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(copy.prepare('select count(*) from migrations').pluck().get()).toBe(all.length - 2)
  expect(copy.prepare(`select value from meta where name = 'kept'`).pluck().get()).toBe('before the upgrade')
  copy.close()
  expect(copies()).toHaveLength(1)
  close()
})

test('the newest three copies stay', async () => {
  const { url, path, close, copies } = await olderFile(1)
  for (const number of [1, 2, 3, 4]) writeFileSync(`${path}.before-000${number}_old`, '')
  writeFileSync(`${path}.before-restore-2026`, 'not one of them')
  const database = await openDatabase(url)
  await database.migrate()
  await database.close()
  expect(copies()).toHaveLength(4)
  expect(existsSync(`${path}.before-${all.at(-1)!.name}`)).toBe(true)
  expect(existsSync(`${path}.before-restore-2026`)).toBe(true)
  close()
})

test('none of a new database, nor when it is not wanted', async () => {
  const fresh = await freshUrl('sqlite', { bare: true })
  const older = await olderFile(1)
  for (const [{ url }, options] of [
    [fresh, {}],
    [older, { copies: false }]
  ] as const) {
    const database = await openDatabase(url)
    const told: string[] = []
    expect((await database.migrate({ ...options, onCopy: copy => void told.push(copy) })).length).toBeGreaterThan(0)
    expect(told).toEqual([])
    await database.close()
  }
  expect(older.copies()).toEqual([])
  await fresh.close()
  older.close()
})

test('what cannot be copied is not migrated', async () => {
  const { url, path, close } = await olderFile(1)
  // a folder is in the way
  mkdirSync(`${path}.before-${all.at(-1)!.name}/x`, { recursive: true })
  const database = await openDatabase(url)
  await expect(database.migrate()).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringMatching(/could not be copied before its migration, so it was not migrated: .* --no-copy/)
  })
  await database.close()
  const file = new Sqlite(path, { readonly: true })
  expect(file.prepare('select count(*) from migrations').pluck().get()).toBe(all.length - 1)
  file.close()
  close()
})

test('a copy that begins while a transaction is open has the database as it is afterwards', async () => {
  const { url, close } = await freshUrl('sqlite')
  const database = await openDatabase(url)
  const { meta } = database
  const opened = Promise.withResolvers<void>()
  const writing = database.transaction(async tx => {
    await tx.insert(meta).values({ name: 'first', value: 'x' })
    opened.resolve()
    // files are looked at in between
    for (let turn = 0; turn < 1000; turn++) await setImmediate()
    await tx.insert(meta).values({ name: 'second', value: 'x' })
  })
  await opened.promise
  const target = `${url.slice('file:'.length)}.copy`
  await database.copyTo!(target)
  await writing
  await database.close()
  const copy = new Sqlite(target, { readonly: true })
  expect(copy.prepare('select name from meta').pluck().all()).toEqual(['first', 'second'])
  copy.close()
  close()
})

test('while others write, a copy has all that was committed before it, and adds up', async () => {
  const { url, close } = await freshUrl('sqlite')
  const database = await openDatabase(url)
  const { meta } = database
  const filler = 'x'.repeat(4000)
  await database.transaction(async tx => {
    for (let n = 0; n < 2000; n++) await tx.insert(meta).values({ name: `before ${n}`, value: filler })
  })
  let isDone = false
  let during = 0
  const writing = (async () => {
    for (; !isDone; during++, await setImmediate())
      await database.transaction(async tx => {
        // two rows or none
        await tx.insert(meta).values({ name: `pair ${during} a`, value: filler })
        // a transaction that is open when the copy goes on
        await setImmediate()
        await tx.insert(meta).values({ name: `pair ${during} b`, value: filler })
      })
  })()
  const target = `${url.slice('file:'.length)}.copy`
  await database.copyTo!(target)
  isDone = true
  await writing
  await database.close()
  const copy = new Sqlite(target, { readonly: true })
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  const count = (like: string) => copy.prepare('select count(*) from meta where name like ?').pluck().get(like)
  expect(count('before %')).toBe(2000)
  expect(during).toBeGreaterThan(2)
  expect(count('pair % a')).toBe(count('pair % b'))
  copy.close()
  close()
})
