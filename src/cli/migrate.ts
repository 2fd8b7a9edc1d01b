import { mkdirSync } from 'node:fs'
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { openDatabase } from '../db/index.ts'
import { jsonOption } from './arguments.ts'
import { print, say, type Format } from './print.ts'

export function migrateCommand(program: Command) {
  program
    .command('migrate')
    .description('apply database migrations (serve does it too)')
    .option('--no-copy', 'do not copy the SQLite file first')
    .addOption(jsonOption())
    .action(async ({ copy: copies, ...options }: Format & { copy: boolean }) => {
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
    })
}
