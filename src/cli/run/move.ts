import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { takeFolder } from '../../backup/journal.ts'
import { cancelMove, moveToPostgres } from '../../backup/move.ts'
import { loadConfig, type Config } from '../../config.ts'
import { openDatabase } from '../../db/index.ts'
import { withoutPassword } from '../../lib/connection-url.ts'
import { sharedStateOf } from '../../sandbox/operations.ts'
import { CommandFailure, exitCodes, usage } from '../exit.ts'
import { recordCommand } from './record.ts'
import { note, print, say, self, style, type Format } from '../print.ts'

interface Options extends Format {
  to?: string
  cancel: boolean
  force: boolean
}

export async function moveOrCancel({ to, cancel, force, ...options }: Options): Promise<void> {
  if (cancel === (to !== undefined)) throw usage('Use either --to postgres://… or --cancel.')
  if (to !== undefined && !/^postgres(ql)?:\/\//.test(to)) throw usage('--to must begin with postgres://.')
  const config = loadConfig(process.env)
  const path = pathOf(config)
  const lock = takeFolder(config)
  try {
    if (to === undefined) await giveUp(config, force, options)
    else await move(config, { path, url: to }, options)
  } finally {
    lock.release()
  }
}

function pathOf({ DATABASE_URL }: Config): string {
  const path = /^file:(?:\/\/(?=\/))?(.*)$/.exec(DATABASE_URL)?.[1]
  if (path === undefined) throw usage('DATABASE_URL is not SQLite: only from there can be moved.')
  if (!existsSync(path)) throw new CommandFailure(exitCodes.failed, `There is no database ${path} to move.`)
  return path
}

async function move(config: Config, { path, url }: { path: string; url: string }, options: Format) {
  const source = await openDatabase(config.DATABASE_URL)
  const target = await openDatabase(url)
  try {
    await source.migrate()
    await target.migrate()
    const moved = await moveToPostgres({
      source,
      path,
      target,
      url,
      extra: sharedStateOf(join(config.DATA_DIR, 'sandbox.jsonl'), Date.now()),
      onTable: (name, rows) => rows && note(`${name}: ${rows} rows copied`)
    })
    const name = withoutPassword(url)
    await recordCommand(target, { action: 'database.move', target: { type: 'database', id: null, name } })
    print(moved, options, ({ rows: { tasks, ledger } }) => {
      say(`${style('green', 'ok')}  Moved: ${tasks} tasks, ${ledger} ledger entries. Row counts and sums are equal.`)
      say(`Set DATABASE_URL to ${name}, keep DATA_DIR (secret key, archive), and start: ${self} serve`)
    })
  } finally {
    await source.close()
    await target.close()
  }
}

async function giveUp(config: Config, force: boolean, options: Format) {
  const source = await openDatabase(config.DATABASE_URL)
  try {
    print({ cancelled: await cancelMove(source, force) }, options, ({ cancelled }) =>
      say(
        cancelled
          ? `${style('green', 'ok')}  The SQLite database can be used again. Drop the PostgreSQL database before another move.`
          : 'There is no move to give up.'
      )
    )
  } finally {
    await source.close()
  }
}
