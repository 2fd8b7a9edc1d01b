import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { loadConfig } from '../../config.ts'
import { takeFolder } from '../../backup/journal.ts'
import { isAlive } from '../../doctor/alive.ts'
import type { Key } from '../../db/index.ts'
import { blankKey } from '../../domain/blank-key.ts'
import { ApiError } from '../../errors.ts'
import { readAddress } from '../../lib/address-file.ts'
import { newSecret } from '../../lib/secrets.ts'
import { createLog } from '../../log.ts'
import type { Auth } from '../../http/plugins/auth.ts'
import { CLI_KEY } from '../../http/plugins/caller.ts'
import { createHttp } from '../../server.ts'
import type { Environment } from '../../services/environment.ts'
import { openServices, type Services } from '../../services/index.ts'
import type { Ask, Client } from '../client.ts'
import { note } from '../print.ts'
import { openHttp } from './http-client.ts'
import { commandLine } from './record.ts'

// longer than any command runs; for commands that are killed before they revoke their key
const KEY_LIFE_MS = 12 * 3_600_000

/**
 * Returns a client of the local database: the HTTP application is opened over it on a free loopback port, for an operator whose secret
 * only this process has. No key is created: it would outlive a command that is killed, and a user who can read the database and its
 * SECRET_KEY can do anything anyway. With `engine` tasks are processed: by a server that runs on the same DATA_DIR, else by this process
 * until the client is closed.
 */
export async function openLocal({ engine: wanted }: { engine: boolean }): Promise<Client> {
  const config = loadConfig(process.env)
  const file = /^file:(.*)$/.exec(config.DATABASE_URL)?.[1]
  if (file !== undefined && !existsSync(file)) note(`Creating a new database: ${file}`)
  // the default level is meant for servers; here only errors are shown
  const log = createLog({ ...config, LOG_LEVEL: config.LOG_LEVEL === 'info' ? 'error' : config.LOG_LEVEL }, 2)
  const environment = { config, log }
  // one engine at a time works on a folder
  const running = wanted ? await openRunning(environment) : null
  if (running) return running
  const lock = wanted ? takeFolder(config) : { release() {} }
  try {
    const services = await openServices(environment, { runs: wanted })
    try {
      return await openOwn(environment, services, { runs: wanted, lock })
    } catch (error) {
      await services.close()
      throw error
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Returns a client of the running server, with a key for this command; null: none is running. */
async function openRunning(environment: Environment): Promise<Client | null> {
  const url = readAddress(environment.config.DATA_DIR)
  if (url === null || !(await isAlive(url))) return null
  const services = await openServices(environment)
  const expiresAt = Date.now() + KEY_LIFE_MS
  const { key, secret } = await services.keys.create(
    { name: 'command line', role: 'admin', dialect: 'openai', expiresAt },
    commandLine
  )
  await insertOwner(services)
  const client = openHttp(url, secret)
  async function close() {
    await services.keys.revoke(key.id, commandLine)
    await client.close()
    await services.close()
  }
  // another installation may use the port now
  const { status, body } = await client.send({ method: 'GET', path: '/v1/models' })
  body.resume()
  // links of new videos must work longer than this command's key
  const asOwner = { 'x-reelay-key': CLI_KEY }
  if (status === 200)
    return {
      send: ({ headers, ...request }) =>
        client.send({ ...request, headers: { ...headers, ...(isCreate(request) && asOwner) } }),
      close
    }
  await close()
  return null
}

async function openOwn(
  environment: Environment,
  services: Services,
  { runs, lock }: { runs: boolean; lock: ReturnType<typeof takeFolder> }
): Promise<Client> {
  const secret = newSecret()
  const { app, watches } = createHttp(environment, services, { auth: operatorOnly(secret) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  if (runs) {
    await insertOwner(services)
    services.start()
  }
  // links in answers should work after this process has ended: they name the last server on this folder
  const address = readAddress(environment.config.DATA_DIR)
  const client = openHttp(url, secret, address === null ? {} : { host: new URL(address).host })

  return {
    ...client,
    async close() {
      watches.stop()
      await client.close()
      await Promise.all([app.close(), runs && services.stop()])
      await services.close()
      lock.release()
    }
  }
}

/** Authenticates only this secret, which never leaves the process. */
function operatorOnly(secret: string): Auth {
  const expected = `Bearer ${secret}`
  return {
    identify({ headers: { authorization } }) {
      if (authorization !== expected) throw new ApiError('invalid_api_key')
      return operator
    },
    isWithoutKey: ({ headers: { authorization } }) => authorization === undefined
  }
}

const isCreate = ({ method, path }: Ask) => method === 'POST' && path.endsWith('/videos')

/** The key of the command line. */
const operator: Key = {
  ...blankKey,
  id: CLI_KEY,
  name: 'command line',
  role: 'admin',
  hash: '',
  dialect: 'openai',
  createdAt: 0
}

/** Inserts the key that tasks from here belong to. It is revoked and has no known secret: it cannot be used, and is not listed. */
async function insertOwner({ database: { db, keys } }: Services): Promise<void> {
  const row: Key = { ...operator, role: 'member', hash: randomBytes(32).toString('hex'), revokedAt: 0 }
  await db.insert(keys).values(row).onConflictDoNothing({ target: keys.id })
}
