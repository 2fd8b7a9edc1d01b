import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { z } from 'zod'
import { excerpt, kindOfStatus } from '../shared/http-failure.ts'
import { table } from '../../lib/table.ts'
import type { CredentialSpec, FailureKind, TokenExchange } from '../vendor.ts'

/*
 * A Google service account: its key file as a credential, and the exchange for an access token.
 * Source: developers.google.com/identity/protocols/oauth2/service-account.
 */

const GOOGLE_TOKENS = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const LIFE_SECONDS = 3600

const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().refine(isPrivateKey),
  private_key_id: z.string().min(1),
  project_id: z.string().min(1),
  token_uri: z.url({ protocol: /^https$/ }).default(GOOGLE_TOKENS)
})

/** The JSON key file of a Google service account. */
export const serviceAccount: CredentialSpec = {
  fields: [
    { name: 'client_email', label: 'Service account (client_email)', secret: false },
    { name: 'private_key', label: 'Private key (private_key, PEM)', secret: true },
    { name: 'private_key_id', label: 'Key id (private_key_id)', secret: false },
    { name: 'project_id', label: 'Project (project_id)', secret: false },
    { name: 'token_uri', label: 'Token address (token_uri)', secret: false, optional: true }
  ],
  parse(text) {
    try {
      const { type: _, ...fields } = keyFile.parse(JSON.parse(text))
      return fields
    } catch {
      return null
    }
  }
}

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() })
const refusal = z.object({ error: z.string(), error_description: z.string().nullish() })

/** `error` of a token endpoint (RFC 6749 §5.2). */
const kinds = table<FailureKind>({
  invalid_grant: 'auth',
  invalid_client: 'auth',
  unauthorized_client: 'auth',
  access_denied: 'permission',
  invalid_scope: 'misconfigured',
  invalid_request: 'misconfigured',
  unsupported_grant_type: 'misconfigured'
})

/** Exchanges a signed assertion for an access token. */
export const serviceAccountToken: TokenExchange = {
  request: ({ credential }, now) => ({
    method: 'POST',
    path: credential.token_uri ?? GOOGLE_TOKENS,
    body: {
      urlencoded: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(credential, now) }
    }
  }),
  read(answer, now) {
    const token = granted.safeParse(answer.body).data
    if (answer.status < 300 && token) return { token: token.access_token, expiresAt: now + token.expires_in * 1000 }
    const refused = refusal.safeParse(answer.body).data
    if (!refused) return { kind: kindOfStatus(answer.status), message: excerpt(answer) }
    return {
      kind: kinds[refused.error] ?? kindOfStatus(answer.status),
      message: refused.error_description ?? refused.error,
      code: refused.error
    }
  }
}

/** Returns an RS256 JWT of the account, valid for an hour; `now` in milliseconds. */
export function assertionOf(credential: Record<string, string>, now: number): string {
  const { client_email, private_key, private_key_id, token_uri = GOOGLE_TOKENS } = credential
  const iat = Math.floor(now / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'RS256', typ: 'JWT', kid: private_key_id })
  const claims = part({ iss: client_email, scope: SCOPE, aud: token_uri, iat, exp: iat + LIFE_SECONDS })
  const input = `${header}.${claims}`
  return `${input}.${signBytes('sha256', Buffer.from(input), private_key!).toString('base64url')}`
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
