import { mkdirSync } from 'node:fs'
import { loadConfig } from '../../config.ts'
import { openDatabase } from '../../db/index.ts'
import { print, say, type Format } from '../print.ts'

export async function migrate({ copy: copies, ...options }: Format & { copy: boolean }): Promise<void> {
  const { DATA_DIR, DATABASE_URL } = loadConfig(process.env)
  mkdirSync(DATA_DIR, { recursive: true })
  const database = await openDatabase(DATABASE_URL)
  try {
    let copy: string | null = null
    const applied = await database.migrate({ copies, onCopy: path => (copy = path) })
    print({ applied, copy }, options, () => {
      if (copy !== null) say(`copied the database to ${copy}`)
      for (const name of applied) say(`applied ${name}`)
      if (applied.length === 0) say('The database is up to date.')
    })
  } finally {
    await database.close()
  }
}
