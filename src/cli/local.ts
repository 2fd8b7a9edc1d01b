import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { loadConfig, type Config } from '../config.ts'
import type { Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { newSecret } from '../lib/secrets.ts'
import { createLog } from '../log.ts'
import type { Auth } from '../http/plugins/auth.ts'
import { createHttp } from '../server.ts'
import { openServices, type Environment, type Services } from '../services.ts'
import { openHttp, type Client } from './client.ts'
import { note } from './print.ts'

const ALIVE_MS = 2000
// longer than any command runs; for those that are killed before they revoke it
const KEY_LIFE_MS = 12 * 3_600_000

/**
 * A client of this machine's own database: the HTTP application is opened over it on a free port of the loopback, for an operator whose secret
 * only this process has. No key is made for the purpose: it would outlive a command that is killed, and whoever can read the database and its
 * SECRET_KEY can do anything anyway. With `engine` tasks move on: a server that runs over the same DATA_DIR does it, else this process does
 * until it is closed.
 */
export async function openLocal({ engine: wanted }: { engine: boolean }): Promise<Client> {
  const config = loadConfig(process.env)
  const file = /^file:(.*)$/.exec(config.DATABASE_URL)?.[1]
  if (file !== undefined && !existsSync(file)) note(`A new database is made: ${file}`)
  // the default level is a server's; here only what went wrong belongs on the screen
  const log = createLog(config.LOG_LEVEL === 'info' ? 'error' : config.LOG_LEVEL, 2)
  const environment = { config, log }
  // a second engine would take the sandbox's place from the one that runs
  const running = wanted ? await openRunning(environment) : null
  if (running) return running
  const services = await openServices(environment, { runs: wanted })
  try {
    return await openOwn(environment, services, wanted)
  } catch (error) {
    await services.close()
    throw error
  }
}

/** The URL that a server over this DATA_DIR wrote down, if it still runs. */
export function addressOf({ DATA_DIR }: Config): string | null {
  const path = join(DATA_DIR, 'address')
  return (existsSync(path) && readFileSync(path, 'utf8').trim()) || null
}

export async function isAlive(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/livez`, { signal: AbortSignal.timeout(ALIVE_MS) })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}

/** The server that runs already, with a key for this command; null: none does. */
async function openRunning(environment: Environment): Promise<Client | null> {
  const url = addressOf(environment.config)
  if (url === null || !(await isAlive(url))) return null
  const services = await openServices(environment)
  const expiresAt = Date.now() + KEY_LIFE_MS
  const { key, secret } = await services.keys.create({
    name: 'command line',
    role: 'admin',
    dialect: 'openai',
    expiresAt
  })
  const client = openHttp(url, secret)
  async function close() {
    await services.keys.revoke(key.id)
    await client.close()
    await services.close()
  }
  // another installation may have the port by now
  const { status, body } = await client.send({ method: 'GET', path: '/v1/models' })
  body.resume()
  if (status === 200) return { ...client, close }
  await close()
  return null
}

async function openOwn(environment: Environment, services: Services, runs: boolean): Promise<Client> {
  const secret = newSecret()
  const { app, watches } = createHttp(environment, services, { auth: operatorAlone(secret) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  if (runs) {
    await giveTasksAnOwner(services)
    services.start()
  }
  // links in answers should work when this process is gone: they name the server that was here last
  const address = addressOf(environment.config)
  const client = openHttp(url, secret, address === null ? {} : { host: new URL(address).host })

  return {
    ...client,
    async close() {
      watches.stop()
      await client.close()
      await Promise.all([app.close(), runs && services.stop()])
      await services.close()
    }
  }
}

/** Nobody but who has this secret, which never leaves the process. */
function operatorAlone(secret: string): Auth {
  const expected = `Bearer ${secret}`
  return {
    identify({ headers: { authorization } }) {
      if (authorization !== expected) throw new ApiError('invalid_api_key')
      return operator
    },
    isWithoutKey: ({ headers: { authorization } }) => authorization === undefined
  }
}

/** Who asks from the command line. */
const operator: Key = {
  id: 'key_cli',
  name: 'command line',
  role: 'admin',
  owner: null,
  hash: '',
  hint: '',
  callbackSecret: null,
  models: null,
  ipAllowlist: null,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrency: null,
  maxQueued: null,
  budget: null,
  dialect: 'openai',
  disabled: false,
  revokedAt: null,
  lastUsedAt: null,
  inFlight: 0,
  queueTag: 0,
  createdAt: 0
}

/** The row that tasks from here belong to. It is revoked and nobody knows its secret: no request can come with it, no list shows it. */
async function giveTasksAnOwner({ database: { db, keys } }: Services): Promise<void> {
  const row: Key = { ...operator, role: 'member', hash: randomBytes(32).toString('hex'), revokedAt: 0 }
  await db.insert(keys).values(row).onConflictDoNothing({ target: keys.id })
}
