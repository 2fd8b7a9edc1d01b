import type { Logger } from 'pino'
import type { UserRole } from '../db/index.ts'
import { rankOf } from '../domain/permissions.ts'
import { ConfigError } from '../errors.ts'
import { recordOf } from '../lib/records.ts'
import { withoutTrailing } from '../lib/trailing.ts'

export interface OidcConfig {
  OIDC_ISSUER?: string | undefined
  OIDC_CLIENT_ID?: string | undefined
  OIDC_CLIENT_SECRET?: string | undefined
  OIDC_NAME?: string | undefined
  OIDC_SCOPES: string
  OIDC_ROLE_CLAIM: string
  OIDC_ROLES: readonly (readonly [group: string, role: UserRole])[]
  PUBLIC_URL?: string | undefined
}

/** What must be the same again when a person comes back from the identity provider. */
export interface PendingSignIn {
  state: string
  nonce: string
  verifier: string
}

/** Whom the identity provider says a person is. */
export interface Identity {
  /** the issuer and the subject, separated by a space: the only thing that identifies them */
  subject: string
  name: string
  /** null: none, or not verified */
  email: string | null
  /** the greatest role of their groups; null: none of their groups has one */
  role: UserRole | null
}

const TIMEOUT_SECONDS = 10

/**
 * Sign-in at an identity provider: OpenID Connect's code flow with PKCE, state and nonce, by `openid-client`, which is loaded only here. Returns
 * null when OIDC_ISSUER is not set. Throws ConfigError.
 */
export function openOidc(config: OidcConfig, refuseAddress: (url: string) => string | null, log: Logger) {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: secret, PUBLIC_URL: publicUrl } = config
  if (issuer === undefined) return null
  if (clientId === undefined) throw new ConfigError('OIDC_CLIENT_ID: must be set together with OIDC_ISSUER')
  if (publicUrl === undefined)
    throw new ConfigError('PUBLIC_URL: must be set together with OIDC_ISSUER: the identity provider leads back to it')
  if (config.OIDC_ROLES.length === 0)
    throw new ConfigError('OIDC_ROLES: must give at least one group a role, e.g. video-team=operator')
  const isPlain = issuer.startsWith('http:')
  if (isPlain && refuseAddress(issuer) !== null)
    throw new ConfigError(
      'OIDC_ISSUER: must begin with https:// (OUTBOUND_ALLOW permits http:// to the hosts it names)'
    )
  const redirectUri = `${withoutTrailing(publicUrl, '/')}/console/api/oidc/callback`
  let found: ReturnType<typeof discover> | undefined

  async function discover() {
    const client = await import('openid-client')
    const authentication = secret === undefined ? client.None() : client.ClientSecretBasic(secret)
    const provider = await client.discovery(new URL(issuer!), clientId!, undefined, authentication, {
      timeout: TIMEOUT_SECONDS,
      ...(isPlain && { execute: [client.allowInsecureRequests] })
    })
    return { client, provider }
  }

  /** What is found once is kept; what fails is asked for again by the next sign-in. */
  async function connect() {
    found ??= discover()
    try {
      return await found
    } catch (error) {
      found = undefined
      throw error
    }
  }

  return {
    name: config.OIDC_NAME ?? new URL(issuer).hostname,

    /** Looks whether the provider answers, and only warns when it does not. */
    async check(): Promise<void> {
      await connect().catch((err: unknown) =>
        log.warn({ err }, 'sign-in: the identity provider does not answer; asked again at the next sign-in')
      )
    },

    /** Returns where to send a person, and what to keep until they come back. Throws when the provider does not answer. */
    async begin(): Promise<{ url: string; pending: PendingSignIn }> {
      const { client, provider } = await connect()
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier()
      }
      const url = client.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: config.OIDC_SCOPES,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256'
      })
      return { url: url.href, pending }
    },

    /** Returns who came back. `query`: of the address that the provider led to. Throws when anything is not as it should be. */
    async finish(query: string, { state, nonce, verifier }: PendingSignIn): Promise<Identity> {
      const { client, provider } = await connect()
      const tokens = await client.authorizationCodeGrant(provider, new URL(`${redirectUri}?${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true
      })
      const own = tokens.claims()
      if (!own) throw new Error('the identity provider sent no ID token')
      const hasGroups = groupsIn(own, config.OIDC_ROLE_CLAIM) !== undefined
      // many providers name groups, and sometimes the name, only there
      const more =
        !hasGroups && provider.serverMetadata().userinfo_endpoint !== undefined
          ? await client.fetchUserInfo(provider, tokens.access_token, own.sub)
          : {}
      const claims: Record<string, unknown> = { ...more, ...own }
      return {
        subject: `${own.iss} ${own.sub}`,
        name: nameIn(claims),
        email: claims.email_verified === true && typeof claims.email === 'string' ? claims.email.toLowerCase() : null,
        role: roleOf(groupsIn(claims, config.OIDC_ROLE_CLAIM) ?? [], config.OIDC_ROLES)
      }
    }
  }
}

export type Oidc = NonNullable<ReturnType<typeof openOidc>>

/** Returns the groups that a claim names; `realm_access.roles` is a path when no claim is called so. */
function groupsIn(claims: Readonly<Record<string, unknown>>, name: string): string[] | undefined {
  const value = claims[name] ?? name.split('.').reduce<unknown>((inner, part) => recordOf(inner)[part], claims)
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : undefined
}

function roleOf(groups: readonly string[], roles: OidcConfig['OIDC_ROLES']): UserRole | null {
  const given = roles.filter(([group]) => group === '*' || groups.includes(group)).map(([, role]) => role)
  return given.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? null
}

/** Returns a name for people: without @, which only e-mail addresses have. */
function nameIn({ name, preferred_username: login, email, sub }: Record<string, unknown>): string {
  const texts = [name, login, email, sub].filter(one => typeof one === 'string')
  const plain = texts.map(one =>
    one
      .replaceAll(/\p{Cc}/gu, ' ')
      .split('@')[0]!
      .trim()
      .slice(0, 100)
  )
  return plain.find(one => one !== '') ?? 'unnamed'
}
