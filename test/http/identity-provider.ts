import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Context } from 'oidc-provider'

/** A claim of everybody's e-mail address, groups and name. */
interface Person {
  name?: string
  email?: string
  email_verified?: boolean
  groups?: string[]
}

export const CALLBACK = 'https://console.test/base/console/api/oidc/callback'

/** An identity provider in this process, which signs in at once whoever `person` is. */
export async function startIdentityProvider() {
  const people = new Map<string, Person>()
  let isDown = false
  let person = 'nobody'
  const server = createServer((request, response) => {
    if (isDown) return response.writeHead(500).end()
    if (request.url?.startsWith('/interaction/') !== true) return provider.callback()(request, response)
    const result =
      person === 'nobody' ? { error: 'access_denied', error_description: 'no' } : { login: { accountId: person } }
    return void provider.interactionFinished(request, response, result)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'console', client_secret: 'a secret that is long enough', redirect_uris: [CALLBACK] }],
    claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, ...people.get(accountId) })
    }),
    async loadExistingGrant({ oidc }: Context) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId
      })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
    ttl: { Grant: 600, Session: 600, Interaction: 600, AccessToken: 600, IdToken: 600 }
  })

  return {
    people,

    env: {
      PUBLIC_URL: 'https://console.test/base',
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'console',
      OIDC_CLIENT_SECRET: 'a secret that is long enough',
      OIDC_ROLES: 'reelay-admins=owner, video-team=operator, readers=viewer',
      OIDC_NAME: 'Acme'
    },

    /** From now on these requests are answered as for this person; `nobody`: who does not consent. */
    become(accountId: string, claims?: Person) {
      person = accountId
      if (claims) people.set(accountId, claims)
    },

    fail(down: boolean) {
      isDown = down
    },

    /** Follows the provider's redirects, as a browser without a session there, to the address that leads back. */
    async visit(url: string): Promise<string> {
      const cookies = new Map<string, string>()
      for (let next = url; ;) {
        const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
        const answer = await fetch(next, { redirect: 'manual', headers: { cookie } })
        for (const line of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          cookies.set(name, value)
        }
        const to = answer.headers.get('location')
        if (to === null) throw new Error(`${next}: ${answer.status} ${await answer.text()}`)
        next = new URL(to, next).href
        if (next.startsWith(CALLBACK)) return next
      }
    },

    close: () => new Promise<void>(resolve => server.close(() => resolve()).closeAllConnections())
  }
}
