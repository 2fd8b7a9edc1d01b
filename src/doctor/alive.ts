import { request } from 'undici'

const ALIVE_MS = 2000

/** Whether a reelay answers at an address. */
export async function isAlive(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/livez`, { signal: AbortSignal.timeout(ALIVE_MS) })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}
