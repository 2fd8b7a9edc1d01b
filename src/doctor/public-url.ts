import { json } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { createLinkMaker } from '../http/video/signed-links.ts'
import type { Vault } from '../lib/vault.ts'
import { ok, problem, wordsOf, type Check } from './check.ts'

const TIMEOUT_MS = 10_000
// of no video: whoever checks the signature finds it right, and then finds nothing
const NOBODY = 'video_00000000000000000000000000000000'

/** Fetches a signed link of our own by the address that clients and vendors use: through proxies, and back to this installation. */
export async function checkPublicUrl(url: string, vault: Vault, now: number): Promise<Check> {
  const name = 'public URL'
  const link = createLinkMaker({ vault, publicUrl: url, now: () => now })(NOBODY, url)
  const agent = new Agent()
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const { statusCode, body } = await request(link, { dispatcher: agent, signal })
    const { code } = Object(await json(body).catch(() => undefined)) as { code?: unknown } // safe on any value
    if (statusCode === 404 && code === 'video_not_found') return ok(name, `${url} leads here, and its links are valid`)
    if (code === 'invalid_api_key')
      return problem(
        name,
        `${url} refuses our signed links: another installation answers there, or a proxy drops the query.`
      )
    return problem(
      name,
      `${url} answers HTTP ${statusCode}, but not as this server. Let the proxy pass all paths on, or correct PUBLIC_URL.`
    )
  } catch (error) {
    return problem(name, `${url} does not answer: ${wordsOf(error)}. Check DNS, the proxy and its certificate.`)
  } finally {
    await agent.destroy()
  }
}
