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
    .addOption(jsonOption())
    .action(async (options: Format) => {
      const { DATA_DIR, DATABASE_URL } = loadConfig(process.env)
      mkdirSync(DATA_DIR, { recursive: true })
      const database = await openDatabase(DATABASE_URL)
      try {
        print({ applied: await database.migrate() }, options, ({ applied }) => {
          for (const name of applied) say(`applied ${name}`)
          if (applied.length === 0) say('The database is up to date.')
        })
      } finally {
        await database.close()
      }
    })
}
