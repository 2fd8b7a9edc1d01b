import { z } from 'zod'
import { parseIso } from '../../lib/time.ts'
import { recordOf } from '../../lib/records.ts'
import { excerpt, kindOfStatus } from '../shared/http-failure.ts'
import { oauthFailure } from './oauth.ts'
import type { Bought, Failure, HttpAnswer, HttpRequest, TokenStep } from '../vendor.ts'

/*
 * Workload identity federation: the file that `gcloud iam workload-identity-pools create-cred-config` writes (`external_account`). The identity
 * of the machine, from a file or a URL, is exchanged at Google's STS; with a service account to impersonate, that token buys the service
 * account's. Sources: google.aip.dev/auth/4117; google-auth-library 10.9.1 (stscredentials, identitypoolclient, baseexternalclient).
 */

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

const format = z
  .union([
    z.object({ type: z.literal('text').default('text') }),
    z.object({ type: z.literal('json'), subject_token_field_name: z.string().min(1) })
  ])
  .optional()

// what is read on this machine must reach nobody but Google
const google = (host: RegExp) =>
  z.url({ protocol: /^https$/ }).refine(url => host.test(new URL(url).host) && !new URL(url).username)

const file = z.object({
  type: z.literal('external_account'),
  audience: z.string().startsWith('//iam.googleapis.com/'),
  subject_token_type: z.string().min(1),
  token_url: google(/^sts(\.[a-z0-9-]+)?\.googleapis\.com$/).default('https://sts.googleapis.com/v1/token'),
  service_account_impersonation_url: google(/^iamcredentials(\.[a-z0-9-]+)?\.googleapis\.com$/).optional(),
  service_account_impersonation: z
    .object({ token_lifetime_seconds: z.number().int().min(600).max(43_200).optional() })
    .optional(),
  quota_project_id: z.string().min(1).optional(),
  credential_source: z.union([
    z.object({ file: z.string().startsWith('/'), format }),
    z.object({
      url: z.url({ protocol: /^https?$/ }),
      headers: z.record(z.string(), z.string()).optional(),
      format
    })
  ])
})

type ExternalAccount = z.infer<typeof file>

/** Returns the credential in such a file; null: it is none, or its identity comes from AWS or a program. */
export function externalAccount(json: unknown): Record<string, string> | null {
  const { data } = file.safeParse(json)
  if (!data) return null
  const project = projectOf(data)
  return { external_account: JSON.stringify(data), ...(project && { project_id: project }) }
}

/** Returns the file or the question in which the machine's identity is, as the first step to a token. Throws when the text is no such file. */
export function identityStep(text: string): TokenStep {
  const account = file.parse(JSON.parse(text))
  const { credential_source: source } = account
  const exchanged = (said: unknown): Bought => {
    const identity = identityIn(said, source.format)
    return identity === undefined ? noIdentity : stsStep(account, identity)
  }
  if ('file' in source) return { kind: 'file', path: source.file, read: exchanged }
  const { url, headers } = source
  return {
    kind: 'ask',
    request: { method: 'GET', path: url, ...(headers && { headers }) },
    read: answer =>
      answer.status < 300 ? exchanged(answer.body) : { kind: kindOfStatus(answer.status), message: excerpt(answer) }
  }
}

const noIdentity: Failure = {
  kind: 'misconfigured',
  message: 'credential_source holds no subject token in the format that it names.'
}

function identityIn(said: unknown, kind: ExternalAccount['credential_source']['format']): string | undefined {
  if (kind?.type !== 'json') return typeof said === 'string' && said.trim() ? said.trim() : undefined
  try {
    const value = recordOf(typeof said === 'string' ? JSON.parse(said) : said)[kind.subject_token_field_name]
    return typeof value === 'string' && value ? value : undefined
  } catch {
    return undefined
  }
}

const federated = z.object({ access_token: z.string().min(1), expires_in: z.number() })

function stsStep(account: ExternalAccount, subject_token: string): TokenStep {
  const { audience, subject_token_type, token_url, service_account_impersonation_url: impersonation } = account
  const request: HttpRequest = {
    method: 'POST',
    path: token_url,
    body: {
      urlencoded: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience,
        scope: SCOPE,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token,
        subject_token_type
      }
    }
  }
  return {
    kind: 'ask',
    request,
    read(answer, now) {
      const token = federated.safeParse(answer.body).data
      if (answer.status >= 300 || !token) return oauthFailure(answer)
      if (impersonation === undefined) return { token: token.access_token, expiresAt: now + token.expires_in * 1000 }
      return impersonationStep(account, impersonation, token.access_token)
    }
  }
}

const impersonated = z.object({ accessToken: z.string().min(1), expireTime: z.string() })

function impersonationStep(account: ExternalAccount, path: string, token: string): TokenStep {
  const { token_lifetime_seconds: lifetime = 3600 } = account.service_account_impersonation ?? {}
  return {
    kind: 'ask',
    request: {
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}` },
      body: { json: { scope: [SCOPE], lifetime: `${lifetime}s` } }
    },
    read(answer) {
      const bought = impersonated.safeParse(answer.body).data
      const expiresAt = bought && parseIso(bought.expireTime)
      if (answer.status >= 300 || !bought || expiresAt === undefined) return refusedImpersonation(answer)
      return { token: bought.accessToken, expiresAt }
    }
  }
}

const googleError = z.object({ error: z.object({ message: z.string() }) })

function refusedImpersonation(answer: HttpAnswer): Failure {
  const message = googleError.safeParse(answer.body).data?.error.message
  return { kind: kindOfStatus(answer.status), message: message ?? excerpt(answer) }
}

/** The project that pays, unless the channel names one: as the file says, else that of the service account, else that of the pool, by number. */
function projectOf({ quota_project_id, service_account_impersonation_url: url, audience }: ExternalAccount) {
  const [, ofAccount] = /@([\w-]+)\.iam\.gserviceaccount\.com:/.exec(decodeURIComponent(url ?? '')) ?? []
  const [, ofPool] = /\/projects\/(\d+)\//.exec(audience) ?? []
  return quota_project_id ?? ofAccount ?? ofPool
}
