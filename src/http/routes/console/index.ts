import type { FastifyInstance } from 'fastify'
import { createSignInLimit } from '../../plugins/rate-limit.ts'
import { requireSameOrigin } from '../../plugins/same-origin.ts'
import { oidcRoutes, type OidcServices } from './oidc.ts'
import { passwordRoutes, type PasswordServices } from './passwords.ts'
import { sessionRoutes, type SessionServices } from './session.ts'

export interface ConsoleServices {
  session: Omit<SessionServices, 'countSignIn'>
  passwords: Omit<PasswordServices, 'countSignIn'>
  oidc: Omit<OidcServices, 'countSignIn'>
  signInsPerMinute: number
  publicUrl: string | undefined
}

/** What the console needs before and for signing in, below /console/api. These routes are public or look at the session themselves. */
export async function consoleRoutes(
  app: FastifyInstance,
  { session, passwords, oidc, signInsPerMinute, publicUrl }: ConsoleServices
) {
  const countSignIn = createSignInLimit(app, signInsPerMinute)
  app.addHook('onRequest', (request, reply, done) => {
    requireSameOrigin(request, publicUrl)
    reply.header('cache-control', 'no-store')
    done()
  })
  app.register(sessionRoutes, { ...session, countSignIn })
  app.register(oidcRoutes, { ...oidc, countSignIn })
  app.register(passwordRoutes, { ...passwords, countSignIn })
}
