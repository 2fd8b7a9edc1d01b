import type { Client } from './client.ts'

/*
 * Commands use only the HTTP API, so there is one code path. With REELAY_URL and REELAY_KEY they call that server; otherwise the HTTP
 * application is opened over the local database for the duration of the command (run/local.ts), on a real socket: requests injected in memory
 * have other streams and timeouts. An interface of services with a second implementation over HTTP would repeat every shape and rule.
 */

interface Needs {
  /** tasks must be processed: by a running server, or by our own engine during the command */
  engine?: boolean
}

/** Runs a command with a client, and always closes it. */
export async function withClient<Result>(
  work: (client: Client) => Promise<Result>,
  { engine = false }: Needs = {}
): Promise<Result> {
  const { openClient } = await import('./run/client.ts')
  const client = await openClient({ engine })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
