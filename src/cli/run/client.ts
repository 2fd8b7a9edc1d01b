import { loadClientConfig } from '../../config.ts'
import type { Client } from '../client.ts'
import { openHttp } from './http-client.ts'

/** Returns a client of the server that REELAY_URL names, else of the local database. */
export async function openClient({ engine }: { engine: boolean }): Promise<Client> {
  const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
  if (url !== undefined && key !== undefined) return openHttp(url, key)
  // the server is loaded only where it is needed
  const { openLocal } = await import('./local.ts')
  return openLocal({ engine })
}
