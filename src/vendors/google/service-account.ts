import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { z } from 'zod'
import { externalAccount, identityStep } from './external-account.ts'
import { oauthFailure } from './oauth.ts'
import type { CredentialSpec, Failure, HttpAnswer, HttpRequest, Token, TokenExchange } from '../vendor.ts'

/*
 * Google's credentials and their exchange for an access token: a service account's key file, a user's file of application default credentials
 * (`authorized_user`), the account of the machine (`metadata:PROJECT`: a metadata server, as with workload identity on GKE), or workload identity
 * federation (external-account.ts). An API key needs no token.
 * Sources: developers.google.com/identity/protocols/oauth2/service-account; RFC 6749 §6; cloud.google.com/compute/docs/metadata.
 */

const GOOGLE_TOKENS = 'https://oauth2.googleapis.com/token'
// link-local: OUTBOUND_ALLOW must name it
const METADATA = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts'
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

const userFile = z
  .object({
    type: z.literal('authorized_user'),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
    refresh_token: z.string().min(1),
    quota_project_id: z.string().min(1)
  })
  .transform(({ quota_project_id: project_id, ...file }) => ({ ...file, project_id }))

/** A service account's key file, a user's application default credentials, a file of workload identity federation, `metadata:PROJECT`, or an API key. */
export const googleCredential: CredentialSpec = {
  fields: [
    { name: 'client_email', label: 'Service account (client_email)', secret: false, optional: true },
    { name: 'private_key', label: 'Private key (private_key, PEM)', secret: true, optional: true },
    { name: 'private_key_id', label: 'Key id (private_key_id)', secret: false, optional: true },
    { name: 'project_id', label: 'Project (project_id)', secret: false, optional: true },
    { name: 'token_uri', label: 'Token address (token_uri)', secret: false, optional: true },
    { name: 'api_key', label: 'API key, instead of a service account', secret: true, optional: true },
    { name: 'client_id', label: 'Client id (a user’s credentials)', secret: false, optional: true },
    { name: 'client_secret', label: 'Client secret (a user’s credentials)', secret: true, optional: true },
    { name: 'refresh_token', label: 'Refresh token (a user’s credentials)', secret: true, optional: true },
    { name: 'metadata', label: 'The account of this machine: `default`', secret: false, optional: true },
    {
      name: 'external_account',
      label: 'Workload identity federation (the JSON file, external_account)',
      secret: true,
      optional: true
    }
  ],
  parse(text) {
    const trimmed = text.trim()
    const [, project_id] = /^metadata:([\w.:-]+)$/.exec(trimmed) ?? []
    if (project_id) return { metadata: 'default', project_id }
    if (!trimmed.startsWith('{')) return /^[\w.-]{8,}$/.test(trimmed) ? { api_key: trimmed } : null
    try {
      const json: unknown = JSON.parse(trimmed)
      const { type: _, ...fields } = z.union([keyFile, userFile]).safeParse(json).data ?? { type: null }
      return Object.keys(fields).length ? fields : externalAccount(json)
    } catch {
      return null
    }
  }
}

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() })
/** Exchanges a signed assertion, a refresh token or the machine's identity for an access token, or asks the machine's metadata server for one. */
export const googleToken: TokenExchange = {
  skip: ({ credential }) => credential.api_key !== undefined,
  first: ({ credential }, now) =>
    credential.external_account === undefined
      ? { kind: 'ask', request: requestOf(credential, now), read }
      : identityStep(credential.external_account)
}

function requestOf(credential: Record<string, string>, now: number): HttpRequest {
  const { metadata, refresh_token, client_id = '', client_secret = '', token_uri = GOOGLE_TOKENS } = credential
  if (metadata !== undefined)
    return {
      method: 'GET',
      path: `${METADATA}/${encodeURIComponent(metadata)}/token`,
      headers: { 'metadata-flavor': 'Google' }
    }
  const grant =
    refresh_token === undefined
      ? { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(credential, now) }
      : { grant_type: 'refresh_token', client_id, client_secret, refresh_token }
  return { method: 'POST', path: token_uri, body: { urlencoded: grant } }
}

function read(answer: HttpAnswer, now: number): Token | Failure {
  const token = granted.safeParse(answer.body).data
  if (answer.status < 300 && token) return { token: token.access_token, expiresAt: now + token.expires_in * 1000 }
  return oauthFailure(answer)
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
