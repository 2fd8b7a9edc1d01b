import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../../admin/audit.ts'
import type { Identity, Oidc, PendingSignIn } from '../../../admin/oidc.ts'
import type { Sessions } from '../../../admin/sessions.ts'
import type { Users } from '../../../admin/users.ts'
import { ApiError } from '../../../errors.ts'
import { signInContext } from '../../../lib/encryption-context.ts'
import { withoutTrailing } from '../../../lib/trailing.ts'
import type { Vault } from '../../../lib/vault.ts'
import { parse } from '../../parse.ts'
import { readCookie, writeCookie } from '../../plugins/cookies.ts'
import { cookieScope, type SessionAuth } from '../../plugins/session-auth.ts'
import { anonymous, originOfSignIn } from './sign-in.ts'

export interface OidcServices {
  /** null: there is no identity provider */
  oidc: Oidc | null
  users: Users
  sessions: Sessions
  sessionAuth: SessionAuth
  audit: Audit
  vault: Vault
  publicUrl: string | undefined
  now(): number
  /** counts a sign-in; throws rate_limit_exceeded */
  countSignIn(request: FastifyRequest): Promise<void>
}

interface Kept extends PendingSignIn {
  /** the page of the console to go to */
  to: string
  at: number
}

const COOKIE = 'reelay_oidc'
const MINUTE = 60_000
const LONGEST = 10 * MINUTE

/** A page of the console: nothing that leads elsewhere. */
export const query = z.object({
  to: z
    .string()
    .max(500)
    .regex(/^\/(?![/\\])[\w\-./~%?=&,:+]*$/)
    .default('/')
    .catch('/')
})

/** Signing in at an identity provider: there and back. People see these answers, so failures are pages. */
export async function oidcRoutes(app: FastifyInstance, services: OidcServices) {
  const { oidc, users, sessions, sessionAuth, audit, vault, publicUrl, now, countSignIn } = services
  const home = `${withoutTrailing(publicUrl ?? '', '/')}/console`

  app.get('/oidc', async (request, reply) => {
    if (!oidc) throw nothing()
    const { to } = parse(query, request.query)
    try {
      const { url, pending } = await oidc.begin()
      keep(request, reply, { ...pending, to, at: now() })
      return await reply.redirect(url)
    } catch (err) {
      request.log.warn({ err }, 'sign-in: the identity provider does not answer')
      return refuse(reply, 503, home, texts.unreachable)
    }
  })

  app.get('/oidc/callback', async (request, reply) => {
    if (!oidc) throw nothing()
    const kept = keptOf(request)
    keep(request, reply, null)
    try {
      await countSignIn(request)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return refuse(
        reply.header('retry-after', String(error.retryAfterSeconds ?? 60)),
        error.status,
        home,
        texts.tooMany
      )
    }
    if (!kept) return refuse(reply, 400, home, texts.late)
    let identity: Identity
    try {
      identity = await oidc.finish(request.url.split('?')[1] ?? '', kept)
    } catch (err) {
      request.log.warn({ err }, 'sign-in: refused by the identity provider, or its answer is wrong')
      await recordFailure(request, null)
      return refuse(reply, 403, home, texts.failed)
    }
    const by = { ...anonymous(request), via: 'sso' as const }
    const user = await users.fromProvider(identity, by)
    if (typeof user === 'string') {
      await recordFailure(request, identity.name)
      return refuse(reply, 403, home, texts[user])
    }
    const actor = { kind: 'user' as const, id: user.id, name: user.name }
    const { token } = await sessions.openForUser(user, originOfSignIn(request), { ...by, actor })
    sessionAuth.setCookie(request, reply, token)
    return reply.redirect(`${home}${kept.to}`)
  })

  /** Keeps what must come back in a cookie of this browser; null deletes it. */
  function keep(request: FastifyRequest, reply: FastifyReply, kept: Kept | null) {
    const value = kept ? vault.encrypt(JSON.stringify(kept), signInContext) : ''
    // Lax: the identity provider's page leads back
    const options = { ...cookieScope(request, publicUrl), maxAge: kept ? LONGEST / 1000 : 0, sameSite: 'Lax' as const }
    reply.header('set-cookie', writeCookie(COOKIE, value, options))
  }

  function keptOf(request: FastifyRequest): Kept | null {
    const value = readCookie(request, COOKIE)
    if (!value) return null
    try {
      const kept = JSON.parse(vault.decrypt(value, signInContext)) as Kept // only we can encrypt it
      return now() - kept.at > LONGEST ? null : kept
    } catch {
      return null
    }
  }

  const recordFailure = (request: FastifyRequest, name: string | null) =>
    audit.add(
      { ...anonymous(request), via: 'sso' },
      { action: 'user.sign_in_failed', target: { type: 'user', id: null, name } }
    )
}

const nothing = () => new ApiError('not_found', { message: 'There is no identity provider: OIDC_ISSUER is not set.' })

const texts = {
  unreachable: [
    'The identity provider does not answer. Try again in a moment, or sign in with a password.',
    '身份提供方没有响应，请稍后重试，或使用密码登录。'
  ],
  tooMany: ['Too many sign-ins. Try again in a minute.', '登录次数过多，请一分钟后再试。'],
  late: [
    'This sign-in took too long, or began in another browser. Begin again.',
    '此次登录已超时，或是在另一个浏览器中发起的，请重新登录。'
  ],
  failed: ['The sign-in did not succeed.', '登录未成功。'],
  without_role: [
    'You are signed in at the identity provider, but none of your groups may use this console. Ask an owner.',
    '您已通过身份验证，但您所在的组均无权使用此控制台，请联系所有者。'
  ],
  disabled: ['Your account is disabled here. Ask an owner.', '您的账号在此已被停用，请联系所有者。'],
  last_owner: [
    'You are the only owner here, and your groups no longer make you one. Give somebody else that group first.',
    '您是唯一的所有者，但您的组已不再赋予该角色，请先让其他人加入该组。'
  ]
} as const

/** Answers with a plain page in both languages. */
function refuse(reply: FastifyReply, status: number, home: string, [english, chinese]: readonly [string, string]) {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff'
    })
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>Sign in · reelay</title><h1>Sign in · 登录</h1><p>${english}</p><p lang="zh">${chinese}</p>` +
        `<p><a href="${encodeURI(home)}">Back to the console · 返回控制台</a></p></html>`
    )
}
