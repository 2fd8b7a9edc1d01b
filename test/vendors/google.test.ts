import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gemini } from '../../src/vendors/google/gemini.ts'
import { createExchange } from '../../src/upstream/exchange.ts'
import type { Download } from '../../src/upstream/download.ts'
import type { Send } from '../../src/upstream/send.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, Vendor, VideoRequest } from '../../src/vendors/vendor.ts'
import { vertex } from '../../src/vendors/google/vertex.ts'
import { firstStep } from '../support/drafts.ts'

/* What the vectors cannot say of Google's two vendors: sure refusals, waiting times, credentials, probes, what cannot be cancelled. */

const NOW = Date.UTC(2026, 10, 24)
const pem = (type: 'rsa' | 'ed25519') => {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
const keyFile = {
  type: 'service_account',
  client_email: 'sa@my-proj.iam.gserviceaccount.com',
  private_key: pem('rsa'),
  private_key_id: 'kid',
  project_id: 'my-proj',
  token_uri: 'https://oauth2.googleapis.com/token'
}
const vertexChannel: ChannelConfig = {
  baseUrl: vertex.baseUrl,
  credential: vertex.credential.parse(JSON.stringify(keyFile))!,
  options: {}
}
const geminiChannel: ChannelConfig = { baseUrl: gemini.baseUrl, credential: { api_key: 'test-key' }, options: {} }
const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })
const error = (code: number, status: string, details?: unknown[]) =>
  answer(code, { error: { code, message: 'x', status, ...(details && { details }) } })

describe.each([
  ['gemini', gemini, geminiChannel, 'gemini-omni-1.1-flash'],
  ['gemini veo', gemini, geminiChannel, 'veo-3.1-generate-preview'],
  ['vertex', vertex, vertexChannel, 'veo-3.1-generate-001']
] as const)('%s', (_name, vendor: Vendor, channel, model) => {
  const video: VideoRequest = { model, prompt: 'a cat', images: [], metadata: {} }
  const submitted = (given: HttpAnswer) => vendor.submitted(given, video, channel)

  test.each([
    ['an error of the request', error(400, 'INVALID_ARGUMENT')],
    ['a quota', error(429, 'RESOURCE_EXHAUSTED')],
    ['overload in Google’s own words', error(503, 'UNAVAILABLE')]
  ])('submit: %s is a sure no', (_title, given) => {
    expect(submitted(given)).not.toHaveProperty('outcomeUnknown')
    expect(submitted(given).status).toBe('rejected')
  })

  test('a wait asked for in the body or in the header is kept', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12.5s' }]
    expect(submitted(error(429, 'RESOURCE_EXHAUSTED', details))).toMatchObject({ failure: { retryAfterSeconds: 13 } })
    const given = { ...error(429, 'RESOURCE_EXHAUSTED'), headers: { 'retry-after': '4' } }
    expect(submitted(given)).toMatchObject({ failure: { retryAfterSeconds: 4 } })
  })

  test('an image that could not be downloaded is refused, not sent as an address', () => {
    const wish = { ...video, images: [{ source: 'https://a.example/x.png', role: 'first' as const }] }
    const step = firstStep(vendor, wish, channel)
    expect(step).toMatchObject({ kind: 'fetch', urls: ['https://a.example/x.png'] })
    expect(step.kind === 'fetch' && step.next({})).toMatchObject({ status: 'rejected', failure: { param: 'image' } })
  })
})

describe('gemini', () => {
  test('a Veo operation cannot be cancelled', () => {
    expect(gemini.cancel!({ kind: 'veo', name: 'models/m/operations/o' }, geminiChannel)).toBeNull()
  })

  test('an operation name cannot leave its place', () => {
    const { path } = gemini.poll({ kind: 'veo', name: 'models/m?x=1#y/operations/o' }, geminiChannel)
    expect(path).toBe('/models/m%3Fx%3D1%23y/operations/o')
  })

  test.each([
    ['a bad key, which is a 400', error(400, 'INVALID_ARGUMENT', [{ reason: 'API_KEY_INVALID' }]), 'auth'],
    ['no leave', error(403, 'PERMISSION_DENIED'), 'permission'],
    ['no billing', error(403, 'PERMISSION_DENIED', [{ reason: 'BILLING_DISABLED' }]), 'insufficient_balance']
  ])('probe: %s', (_title, given, kind) => {
    expect(gemini.probed!(given)).toMatchObject({ kind })
  })

  test.each([
    ['a list', answer(200, { models: [] })],
    ['a quota', error(429, 'RESOURCE_EXHAUSTED')],
    ['overload', error(503, 'UNAVAILABLE')]
  ])('probe: %s proves the key', (_title, given) => {
    expect(gemini.probed!(given)).toBeNull()
  })

  test.each(['', '{}', '[]', '{"type":"interaction.completed","data":{}}'])('callback: %j is refused', rawBody => {
    const request = { method: 'POST', path: '/', query: '', headers: {}, rawBody }
    expect(gemini.callback!(request, geminiChannel, NOW).status).toBe('refused')
  })
})

describe('vertex', () => {
  const parse = (change: object) => vertex.credential.parse(JSON.stringify({ ...keyFile, ...change }))

  test('a key file without a token address uses Google’s', () => {
    expect(parse({ token_uri: undefined })).toMatchObject({ token_uri: 'https://oauth2.googleapis.com/token' })
  })

  test.each([
    ['another kind of file', { type: 'authorized_user' }],
    ['no private key', { private_key: undefined }],
    ['a key that is none', { private_key: 'x' }],
    ['a key for another algorithm', { private_key: pem('ed25519') }],
    ['a token address in the clear', { token_uri: 'http://oauth2.googleapis.com/token' }]
  ])('credential: %s is refused', (_title, change) => {
    expect(parse(change)).toBeNull()
  })

  test('credential: an API key is one, and needs no token', () => {
    const credential = vertex.credential.parse(' AIza-test\n')!
    expect(credential).toEqual({ api_key: 'AIza-test' })
    expect(vertex.token!.skip!({ ...vertexChannel, credential })).toBe(true)
    expect(vertex.token!.skip!(vertexChannel)).toBe(false)
  })

  test.each(['', 'a path/to a file', '/etc/key.json', '{"type":"authorized_user"}', 'metadata:'])(
    'credential: %j is none',
    text => {
      expect(vertex.credential.parse(text)).toBeNull()
    }
  )

  test('credential: the account of the machine names its project', () => {
    expect(vertex.credential.parse('metadata:my-proj')).toEqual({ metadata: 'default', project_id: 'my-proj' })
  })

  test('a token lives as long as Google says', () => {
    const step = vertex.token!.first(vertexChannel, NOW)
    const bought = step.kind === 'ask' && step.read(answer(200, { access_token: 't', expires_in: 3599 }), NOW)
    expect(bought).toEqual({ token: 't', expiresAt: NOW + 3_599_000 })
  })

  test('a result in Cloud Storage is asked for with the token, at an origin that may have it', () => {
    const path = 'https://storage.googleapis.com/storage/v1/b/bucket/o/a.mp4?alt=media'
    expect(vertex.sign({ method: 'GET', path }, vertexChannel, NOW, 't')).toMatchObject({
      path,
      headers: { authorization: 'Bearer t' }
    })
    expect(vertex.facts.credentialOrigins).toContain('https://storage.googleapis.com')
  })

  test('the probe stays on the channel’s host, also below a long base URL', () => {
    const baseUrl = 'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models'
    expect(vertex.probe!({ ...vertexChannel, baseUrl }).path).toBe(
      'https://europe-west4-aiplatform.googleapis.com/v1/publishers/google/models/veo-3.1-generate-001'
    )
  })
})

describe('workload identity federation', () => {
  const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
  const impersonation =
    'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/video@my-proj.iam.gserviceaccount.com:generateAccessToken'
  const account = (change: object = {}) =>
    vertex.credential.parse(
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/k8s',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: 'https://sts.googleapis.com/v1/token',
        credential_source: { file: '/var/run/secrets/tokens/gcp/token', format: { type: 'text' } },
        ...change
      })
    )

  test('the project is the file’s, else the service account’s, else that of the pool', () => {
    expect(account()).toMatchObject({ project_id: '123456' })
    expect(account({ service_account_impersonation_url: impersonation })).toMatchObject({ project_id: 'my-proj' })
    expect(account({ quota_project_id: 'paying' })).toMatchObject({ project_id: 'paying' })
  })

  test.each([
    ['an exchange elsewhere than at Google', { token_url: 'https://sts.googleapis.com.evil.example/v1/token' }],
    ['an exchange in the clear', { token_url: 'http://sts.googleapis.com/v1/token' }],
    ['an exchange at another port', { token_url: 'https://sts.googleapis.com:8443/v1/token' }],
    ['an impersonation elsewhere', { service_account_impersonation_url: 'https://evil.example/x' }],
    ['the identity of a program', { credential_source: { executable: { command: '/bin/id' } } }],
    [
      'AWS',
      { credential_source: { environment_id: 'aws1', regional_cred_verification_url: 'https://sts.amazonaws.com' } }
    ],
    ['a relative path', { credential_source: { file: 'token' } }]
  ])('credential: %s is refused', (_title, change) => {
    expect(account(change)).toBeNull()
  })

  const channelWith = (credential: Record<string, string>): ChannelConfig => ({ ...vertexChannel, credential })

  /** Asks Vertex with a fake Google behind the exchange; gives what was asked, and with what. */
  async function asked(credential: Record<string, string>, answers: Record<string, HttpAnswer>, files = {}) {
    const seen: HttpRequest[] = []
    const send = {
      ask: (request: HttpRequest) => {
        seen.push(request)
        return Promise.resolve(answers[new URL(request.path).hostname] ?? answer(200, {}))
      }
    }
    const exchange = createExchange({
      // true because only questions are asked here
      send: send as unknown as Send,
      download: {} as unknown as Download,
      now: () => NOW,
      submitTimeout: 1000,
      ...files
    })
    const probe = { method: 'GET' as const, path: 'https://us-central1-aiplatform.googleapis.com/v1/x' }
    await exchange.ask(vertex, channelWith(credential), probe)
    await exchange.ask(vertex, channelWith(credential), probe)
    return seen
  }

  test('a file of the machine buys a token at STS, that one the service account’s, and it is kept', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'identity-')), 'token')
    await writeFile(file, 'machine.jwt\n')
    const seen = await asked(
      account({ credential_source: { file }, service_account_impersonation_url: impersonation })!,
      {
        'sts.googleapis.com': answer(200, { access_token: 'federated', expires_in: 3599, token_type: 'Bearer' }),
        'iamcredentials.googleapis.com': answer(200, {
          accessToken: 'of-the-account',
          expireTime: new Date(NOW + 3_600_000).toISOString()
        })
      }
    )
    expect(seen).toMatchObject([
      {
        path: 'https://sts.googleapis.com/v1/token',
        body: { urlencoded: { subject_token: 'machine.jwt', scope: SCOPE } }
      },
      {
        path: impersonation,
        headers: { authorization: 'Bearer federated' },
        body: { json: { scope: [SCOPE], lifetime: '3600s' } }
      },
      { headers: { authorization: 'Bearer of-the-account' } },
      { headers: { authorization: 'Bearer of-the-account' } }
    ])
  })

  test.each([
    [
      'a file that is not there',
      account({ credential_source: { file: '/nowhere/token' } })!,
      /\/nowhere\/token cannot be read/
    ],
    ['a device without end', account({ credential_source: { file: '/dev/zero' } })!, /\/dev\/zero cannot be read/],
    ['a field that is none of such files', { external_account: 'x' }, /the credential cannot be used/]
  ])('%s is no token, and nothing is sent', async (_title, credential, message) => {
    await expect(asked(credential, {})).rejects.toThrow(message)
  })

  test('a service account that may not be impersonated says so', async () => {
    const refused = asked(
      account({ service_account_impersonation_url: impersonation })!,
      {
        'sts.googleapis.com': answer(200, { access_token: 'federated', expires_in: 3599 }),
        'iamcredentials.googleapis.com': error(403, 'PERMISSION_DENIED')
      },
      { readFile: () => Promise.resolve('machine.jwt') }
    )
    await expect(refused).rejects.toThrow('no access token: x')
  })
})
