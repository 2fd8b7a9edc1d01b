import type { Command } from 'commander'
import { loadClientConfig, loadConfig, type Config } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { jsonOption } from './arguments.ts'
import type { Check } from './check.ts'
import { checkServer } from './checks-remote.ts'
import { checkAll } from './checks.ts'
import { openHttp } from './client.ts'
import { exitCodes } from './exit.ts'
import { print, printTable, type Format } from './print.ts'

export function doctorCommand(program: Command) {
  program
    .command('doctor')
    .description('check this installation (exit 1: problems found)')
    .addOption(jsonOption())
    .action(async (options: Format) => {
      const checks = await examine()
      const ok = checks.every(check => check.ok)
      print({ ok, checks }, options, () =>
        printTable(
          ['CHECK', '', 'FOUND'],
          checks.map(check => [check.name, check.ok ? good : bad, check.message])
        )
      )
      if (!ok) process.exitCode = exitCodes.failed
    })
}

const good = { text: 'ok', style: 'green' } as const
const bad = { text: 'problem', style: 'red' } as const

async function examine(): Promise<Check[]> {
  let config: Config
  try {
    const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
    if (url !== undefined && key !== undefined) return await withHttp(url, key)
    config = loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [, ...problems] = error.message.split('\n')
    return problems.map(message => ({ name: 'configuration', ok: false, message: message.trim() }))
  }
  return [{ name: 'configuration', ok: true, message: 'valid' }, ...(await checkAll(config, Date.now()))]
}

async function withHttp(url: string, key: string): Promise<Check[]> {
  const client = openHttp(url, key)
  try {
    return await checkServer(client, url)
  } finally {
    await client.close()
  }
}
