import { loadClientConfig, loadConfig, type Config } from '../../config.ts'
import type { Check } from '../../doctor/check.ts'
import type { Probes } from '../../doctor/live.ts'
import { examine } from '../../doctor/stored.ts'
import { ConfigError } from '../../errors.ts'
import { createLog } from '../../log.ts'
import { openServices } from '../../services/index.ts'
import { checkServer } from './doctor-remote.ts'
import { exitCodes } from '../exit.ts'
import { print, printTable, self, type Format } from '../print.ts'
import { openHttp } from './http-client.ts'

export async function doctor(options: Format): Promise<void> {
  const checks = (await findChecks()).map(pasteable)
  const ok = checks.every(check => check.ok)
  print({ ok, checks }, options, () =>
    printTable(
      ['', 'CHECK', 'FOUND'],
      checks.map(check => [check.ok ? good : bad, check.name, check.message])
    )
  )
  if (!ok) process.exitCode = exitCodes.failed
}

const good = { text: '✓', style: 'green' } as const
const bad = { text: '✗', style: 'red' } as const

/** Names commands as this program was called. */
const pasteable = (check: Check): Check => ({
  ...check,
  message: check.message.replaceAll(/: reelay (?=[a-z])/g, `: ${self} `)
})

async function findChecks(): Promise<Check[]> {
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
  return examine({ config, now: Date.now(), openProbes: () => openProbes(config) })
}

async function openProbes(config: Config): Promise<Probes> {
  const services = await openServices({ config, log: createLog({ ...config, LOG_LEVEL: 'fatal' }, 2) })
  return { testChannel: services.channels.test, testArchive: services.testArchive, close: services.close }
}

async function withHttp(url: string, key: string): Promise<Check[]> {
  const client = openHttp(url, key)
  try {
    return await checkServer(client, url)
  } finally {
    await client.close()
  }
}
