import { json } from 'node:stream/consumers'
import { ok, problem, type Check } from './check.ts'
import { channelState, disabledEndpoints, disabledKeys, disabledModels } from './checks-disabled.ts'
import { ask, askAll, type Client } from './client.ts'
import { CommandFailure } from './exit.ts'

/* The checks of `doctor` for the server that REELAY_URL names, over its API. They only read. */

interface Named {
  name: string
  disabled: boolean
}

interface Channel extends Named {
  health: { state: string; reason?: string | null }
}

interface Endpoint extends Named {
  url: string
  disabled_reason: string | null
}

/** Runs all checks, in an order in which the first problem explains the others. */
export async function checkServer(client: Client, url: string): Promise<Check[]> {
  const server = await ready(client, url)
  if (!server.ok) return [server]
  try {
    const { data: channels } = await ask<{ data: Channel[] }>(client, 'GET', '/admin/channels')
    const { data: models } = await ask<{ data: Named[] }>(client, 'GET', '/admin/models')
    const endpoints = await askAll<Endpoint>(client, '/v1/webhook_endpoints')
    return [
      server,
      ok('key', 'REELAY_KEY is an admin key'),
      ...channels.map(channel => channelState(channel, 'enabled')),
      disabledModels(models),
      disabledKeys(await askAll<Named>(client, '/admin/keys')),
      disabledEndpoints(endpoints.map(({ disabled_reason: disabledReason, ...one }) => ({ ...one, disabledReason })))
    ]
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
