import { z } from 'zod'
import { changed, invited, setupFields } from '../../routes/console/passwords.ts'
import { signIn } from '../../routes/console/session.ts'
import { query as oidcQuery } from '../../routes/console/oidc.ts'
import { ok, type Section } from '../operation.ts'
import { ConsoleStatus, Session } from '../shapes/people.ts'
import { deleted } from '../shapes/shared.ts'

const password = 'correct horse battery'
const opened = { 201: { description: 'The session, and its cookie.', schema: Session, headers: ['Set-Cookie'] } }

export const consoleSection: Section = {
  name: 'Console',
  description:
    'How the console signs in. Programs use keys instead. Changes need the header `x-reelay-console: 1` and the console’s own origin.',
  operations: {
    'GET /console/api/status': {
      access: 'public',
      id: 'consoleStatus',
      summary: 'Retrieve how to sign in',
      answers: ok(ConsoleStatus, 'What the sign-in page needs.')
    },
    'GET /console/api/session': {
      access: 'session',
      id: 'retrieveSession',
      summary: 'Retrieve who is signed in',
      answers: ok(Session, 'The session.')
    },
    'POST /console/api/session': {
      access: 'console',
      id: 'signIn',
      summary: 'Sign in',
      body: { schema: signIn, examples: { password: { name: 'Li Lei', password }, key: { key: 'sk-…' } } },
      answers: opened,
      errors: ['sign_in_failed', 'invalid_api_key', 'ip_not_allowed', 'rate_limit_exceeded']
    },
    'DELETE /console/api/session': {
      access: 'session',
      id: 'signOut',
      summary: 'Sign out',
      answers: ok(deleted('session'), 'The session is ended.')
    },
    'GET /console/api/oidc': {
      access: 'public',
      id: 'beginSignIn',
      summary: 'Sign in at the identity provider',
      description: 'For browsers. There only with `OIDC_ISSUER`.',
      query: oidcQuery,
      answers: {
        302: { description: 'To the identity provider.', headers: ['Location', 'Set-Cookie'] },
        503: { description: 'It does not answer: a page that says so.', types: { 'text/html': 'A page.' } }
      },
      errors: ['not_found']
    },
    'GET /console/api/oidc/callback': {
      access: 'public',
      id: 'finishSignIn',
      summary: 'Come back from the identity provider',
      description: 'Only from there, in the browser that began.',
      answers: {
        302: { description: 'To the console, with the cookie of a session.', headers: ['Location', 'Set-Cookie'] },
        400: { description: 'It began elsewhere or too long ago: a page.', types: { 'text/html': 'A page.' } },
        403: { description: 'The person may not sign in: a page.', types: { 'text/html': 'A page.' } },
        429: { description: 'Too many sign-ins: a page.', types: { 'text/html': 'A page.' } }
      },
      errors: ['not_found']
    },
    'GET /console/api/setup': {
      access: 'public',
      id: 'retrieveSetup',
      summary: 'Retrieve whether there is no user yet',
      answers: ok(z.object({ object: z.literal('console.setup'), needed: z.boolean() }), 'Whether setup is needed.')
    },
    'POST /console/api/setup': {
      access: 'console',
      id: 'setUp',
      summary: 'Create the first owner',
      description: 'With the token that the server printed when it started.',
      body: { schema: setupFields, examples: { owner: { token: 'setup_…', name: 'Li Lei', password } } },
      answers: opened,
      errors: ['invalid_link', 'rate_limit_exceeded', 'conflict']
    },
    'POST /console/api/invite': {
      access: 'console',
      id: 'acceptInvitation',
      summary: 'Set a password with a one-time link',
      body: { schema: invited, examples: { invitation: { token: 'invite_…', password } } },
      answers: opened,
      errors: ['invalid_link', 'rate_limit_exceeded']
    },
    'POST /console/api/password': {
      access: 'session',
      id: 'changePassword',
      summary: 'Change your password',
      description: 'Ends your other sessions.',
      body: { schema: changed, examples: { change: { password, new_password: 'staple staple staple' } } },
      answers: ok(z.object({ object: z.literal('user.password'), changed: z.literal(true) }), 'It is changed.'),
      errors: ['sign_in_failed', 'permission_denied', 'rate_limit_exceeded']
    }
  }
}
