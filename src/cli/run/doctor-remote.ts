import { json } from 'node:stream/consumers'
import { ok, problem, type Check } from '../../doctor/check.ts'
import { ask, type Client } from '../client.ts'
import { CommandFailure } from '../exit.ts'

/* `doctor` for the server that REELAY_URL names: that server examines itself. */

/** Returns what is wrong between here and the server, and what the server finds. */
export async function checkServer(client: Client, url: string): Promise<Check[]> {
  const server = await ready(client, url)
  if (!server.ok) return [server]
  try {
    const { checks } = await ask<{ checks: Check[] }>(client, 'GET', '/admin/doctor')
    return [server, ok('key', 'REELAY_KEY is an admin key'), ...checks]
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return [server, problem('key', `${error.message} The other checks need an admin key in REELAY_KEY.`)]
  }
}

async function ready(client: Client, url: string): Promise<Check> {
  try {
    const { status: code, body } = await client.send({ method: 'GET', path: '/readyz' })
    const { status } = Object(await json(body).catch(() => undefined)) as { status?: unknown } // safe on any value
    if (code === 200 && status === 'ok') return ok('server', `${url} is ready`)
    if (code === 503 && typeof status === 'string') return problem('server', `${url} is not ready: ${status}`)
    return problem('server', `The answer of ${url} (HTTP ${code}) is not from reelay. Check REELAY_URL.`)
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return problem('server', error.message)
  }
}
