import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { connect, openSqlite } from '../../src/db/sqlite.ts'
import { loadMigrations } from '../../src/db/migrate.ts'
import { freshDatabase, freshUrl, kinds } from '../support/database.ts'
import { keyRow } from '../support/rows.ts'

describe.each(kinds)('%s', kind => {
  test('migrations are applied once, by one of many that start together, and named', async () => {
    const { url, close } = await freshUrl(kind, { bare: true })
    const all = await Promise.all([1, 2, 3].map(() => openDatabase(url)))
    const applied = await Promise.all(
      kind === 'postgres' ? all.map(database => database.migrate()) : [all[0]!.migrate()]
    )
    expect(applied.flat()).toEqual(loadMigrations(kind).map(({ name }) => name))
    expect(await all[0]!.migrate()).toEqual([])
    await Promise.all(all.map(database => database.close()))
    await close()
  })

  test('a transaction that throws takes all of its writes with it', async () => {
    const database = await freshDatabase(kind)
    const { db, keys, transaction } = database
    const failing = transaction(async tx => {
      await tx.insert(keys).values(keyRow({ id: 'key_a' }))
      await tx.insert(keys).values(keyRow({ id: 'key_b' }))
      throw new Error('boom')
    })
    const fine = transaction(async tx => tx.insert(keys).values(keyRow({ id: 'key_c' })))
    await expect(failing).rejects.toThrow('boom')
    await fine
    expect((await db.select().from(keys)).map(({ id }) => id)).toEqual(['key_c'])
    await database.close()
  })

  test('transactions do not interleave: a counter read and written counts right', async () => {
    const database = await freshDatabase(kind)
    const { db, keys, transaction } = database
    await db.insert(keys).values(keyRow())
    await Promise.all(
      Array.from({ length: 50 }, () =>
        transaction(async tx => {
          const [row] = await tx.update(keys).set({ createdAt: 1 }).where(eq(keys.id, 'key_1')).returning()
          await tx
            .update(keys)
            .set({ inFlight: row!.inFlight + 1 })
            .where(eq(keys.id, 'key_1'))
        })
      )
    )
    expect((await db.select().from(keys))[0]!.inFlight).toBe(50)
    await database.close()
  })
})

describe('sqlite', () => {
  test('commits survive power loss: WAL with synchronous=FULL, foreign keys on', async () => {
    const { url, close } = await freshUrl('sqlite')
    const database = await openDatabase(url)
    await database.migrate()
    const path = url.replace('file:', '')
    const connection = connect(path)
    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal')
    // 2 is FULL; the package's own default in WAL mode is 1
    expect(connection.pragma('synchronous', { simple: true })).toBe(2)
    connection.close()
    await expect(
      database.db
        .insert(database.requests)
        .values({ taskId: 'nobody', video: { model: '', prompt: '', images: [], metadata: {} } })
    ).rejects.toMatchObject({ cause: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } })
    await database.close()
    await close()
  })

  test('a write that nobody waits for shares the commit of the next that somebody does, or has one of its own soon', async () => {
    const { url, close } = await freshUrl('sqlite')
    const path = url.replace('file:', '')
    const patient = openSqlite(path, 3_600_000)
    await patient.migrate()
    const { db, batched, meta } = patient
    const names = async () => (await db.select().from(meta)).map(({ name }) => name).sort()
    const later = batched.insert(meta).values({ name: 'later', value: '' }).execute()
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(await names()).toEqual([])
    await db.insert(meta).values({ name: 'now', value: '' })
    expect(await names()).toEqual(['later', 'now'])
    await later
    // closing waits for nobody's patience
    const last = batched.insert(meta).values({ name: 'last', value: '' }).execute()
    await patient.close()
    await last
    const usual = await openDatabase(url)
    await usual.batched.insert(usual.meta).values({ name: 'soon', value: '' })
    expect((await usual.db.select().from(usual.meta)).map(({ name }) => name).sort()).toEqual([
      'last',
      'later',
      'now',
      'soon'
    ])
    await usual.close()
    await close()
  })

  const mistake = { cause: { message: expect.stringContaining('own handle') } }

  test('the outer handle inside a transaction is an error at once, not a deadlock', async () => {
    const database = await freshDatabase('sqlite')
    await expect(database.transaction(async () => database.db.select().from(database.keys))).rejects.toMatchObject(
      mistake
    )
    await expect(
      database.transaction(async () => database.db.insert(database.keys).values(keyRow()))
    ).rejects.toMatchObject(mistake)
    await database.db.insert(database.keys).values(keyRow())
    await database.close()
  })

  test('a reader sees nothing that is not committed', async () => {
    const database = await freshDatabase('sqlite')
    const { db, keys, transaction } = database
    let seen: unknown[] = ['unread']
    const slow = transaction(async tx => {
      await tx.insert(keys).values(keyRow())
      await new Promise(resolve => setImmediate(resolve))
    })
    await new Promise(resolve => setImmediate(resolve))
    seen = await db.select().from(keys)
    expect(seen).toEqual([])
    await slow
    expect(await db.select().from(keys)).toHaveLength(1)
    await database.close()
  })

  test('a database of a newer program is refused with a clear message', async () => {
    const { url, close } = await freshUrl('sqlite')
    const database = await openDatabase(url)
    await database.migrate()
    await database.close()
    const raw = new Sqlite(join(url.replace('file:', '')))
    raw.exec("insert into migrations values ('9999_from_the_future', 1)")
    raw.close()
    const again = await openDatabase(url)
    await expect(again.migrate()).rejects.toThrow(/newer than this program.*9999_from_the_future/)
    await again.close()
    await close()
  })
})
