import type { TestServer } from '../support/server.ts'

/** What a browser on the console sends with each request. */
export const ofConsole = { 'sec-fetch-site': 'same-origin', 'x-reelay-console': '1' }

export const PASSWORD = 'a long enough password'

export type Browser = ReturnType<typeof openBrowser>

/** A browser: it keeps the session cookie and sends it along. Headers that are undefined are left out. */
export function openBrowser(server: TestServer) {
  let cookie: string | null = null

  async function send(method: string, path: string, body?: unknown, more: Record<string, string | undefined> = {}) {
    const headers = Object.fromEntries(
      Object.entries({ ...ofConsole, ...(cookie !== null && { cookie }), ...more }).filter(
        // true because what is undefined was left out
        (one): one is [string, string] => one[1] !== undefined
      )
    )
    const answer = await server.call(method, path, body, { key: null, headers })
    const given = answer.headers.get('set-cookie')
    if (given !== null) cookie = given.includes('Max-Age=0') ? null : given.split(';')[0]!
    return { ...answer, given }
  }

  return {
    send,
    cookie: () => cookie,
    signIn: (fields: object) => send('POST', '/console/api/session', fields),
    session: () => send('GET', '/console/api/session')
  }
}

/** A browser of the owner, made by the link that the start prints. */
export async function openOwner(server: TestServer): Promise<Browser> {
  const browser = openBrowser(server)
  const token = await server.services.setup.renew()
  const { status } = await browser.send('POST', '/console/api/setup', { token, name: 'Olga', password: PASSWORD })
  if (status !== 201) throw new Error(`setup: ${status}`)
  return browser
}

/** A browser of somebody whom the owner invited. */
export async function openInvited(server: TestServer, owner: Browser, settings: { name: string; role: string }) {
  const { body } = await owner.send('POST', '/admin/users', settings)
  const browser = openBrowser(server)
  const { status } = await browser.send('POST', '/console/api/invite', {
    token: body.invitation.token,
    password: PASSWORD
  })
  if (status !== 201) throw new Error(`invitation: ${status}`)
  return { browser, id: body.id as string }
}
