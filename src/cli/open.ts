import { loadClientConfig } from '../config.ts'
import { openHttp, type Client } from './client.ts'
import { openLocal } from './local.ts'

/*
 * Commands speak the HTTP API and nothing else, so that they have one path whatever they talk to. Where REELAY_URL and REELAY_KEY are set
 * that is a server; else the same HTTP application is opened over the database for as long as the command takes (local.ts), over a real
 * socket: what is injected into it in memory has other streams and timeouts. An interface of services with a second implementation over
 * HTTP would spell every shape and every rule twice.
 */

interface Needs {
  /** tasks must move on: a running server, or one of our own for as long as this takes */
  engine?: boolean
}

/** Runs a command with a client, and closes it whatever happens. */
export async function withClient<Result>(
  work: (client: Client) => Promise<Result>,
  { engine = false }: Needs = {}
): Promise<Result> {
  const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
  const client = url !== undefined && key !== undefined ? openHttp(url, key) : await openLocal({ engine })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
