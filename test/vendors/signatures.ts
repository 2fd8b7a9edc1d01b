import { createPublicKey, verify } from 'node:crypto'
import { jimeng } from '../../src/vendors/jimeng/index.ts'
import { kling } from '../../src/vendors/kling/index.ts'
import { vertex } from '../../src/vendors/google/vertex.ts'
import { signCallback } from '../../src/vendors/vidu/callback.ts'
import { signWebhook } from '../../src/lib/standard-webhooks.ts'
import { sha256Hex, signVolcengine } from '../../src/vendors/jimeng/signature.ts'
import { signTencent } from '../../src/vendors/tencent/signature.ts'
import { channelOf, type Vector } from '../support/vectors.ts'

type Sign = (input: Record<string, unknown>, vector: Vector) => Record<string, unknown>

/** Pure signing vectors: vendor → case → what our signer makes of the input, in the words of the case's `expected`. */
export const signatures: Record<string, Record<string, Sign>> = {
  jimeng: { 'signature-submit': signedByVolcengine, 'signature-query': signedByVolcengine },
  kling: {
    'signature-jwt-ak-sk': ({ now }, vector) => {
      const signed = kling.sign({ method: 'GET', path: '/' }, channelOf(kling, vector), Number(now) * 1000)
      return { authorization: signed.headers?.authorization }
    },
    'signature-standard-webhooks': input => {
      const given = input as Record<string, string> // true: the case holds texts alone
      return {
        'webhook-signature': signWebhook(
          given.secret!,
          given['webhook-id']!,
          given['webhook-timestamp']!,
          given.rawBody!
        )
      }
    }
  },
  // true: so the case is written
  tencent: { 'signature-tc3': input => signTencent(input as unknown as Parameters<typeof signTencent>[0]) },
  vertex: {
    'signature-token-jwt-claims': ({ now }, vector) => {
      const channel = channelOf(vertex, vector)
      const step = vertex.token!.first(channel, Number(now) * 1000)
      const body = step.kind === 'ask' ? step.request.body : undefined
      const assertion = body && 'urlencoded' in body ? body.urlencoded.assertion! : ''
      const [header = '', claims = '', signature = ''] = assertion.split('.')
      const publicKey = createPublicKey(channel.credential.private_key!)
      if (!verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
        throw new Error('the assertion is not signed with the key')
      const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown
      return { header: read(header), claims: read(claims) }
    }
  },
  vidu: {
    'signature-callback': input => {
      // true: so the case is written
      const { headers, ...given } = input as Record<string, string> & { headers: Record<string, string> }
      const { pathname: path, search } = new URL(given.url!)
      const request = { method: given.method!, path, query: search.slice(1) }
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
      const { signingString, signature } = signCallback(given.secret!, { ...request, headers: lower })
      return { signingString, 'X-HMAC-SIGNATURE': signature }
    }
  }
}

/** The adapter's own header set, the one of @volcengine/openapi, and temporary credentials. */
function signedByVolcengine(input: Record<string, unknown>, vector: Vector): Record<string, unknown> {
  // true: so the cases are written
  const { query, ...given } = input as Record<string, string> & { query: Record<string, string> }
  const bodySha256 = sha256Hex(given.body!)
  const own = {
    'content-type': given.contentType!,
    host: given.host!,
    'x-content-sha256': bodySha256,
    'x-date': given.xDate!
  }
  const { host: _, 'content-type': __, ...sdk } = own
  const signed = (headers: Record<string, string> & typeof sdk) =>
    signVolcengine({
      accessKey: given.ak!,
      secretKey: given.sk!,
      region: given.region!,
      service: given.service!,
      method: given.method!,
      path: '/',
      query,
      headers,
      bodySha256
    })
  const steps = signed(own)
  const byAdapter = jimeng.sign(
    { method: 'POST', path: '/', query, body: { json: JSON.parse(given.body!) } },
    channelOf(jimeng, vector),
    Date.parse(vector.now!)
  )
  const hex = (key: Buffer) => key.toString('hex')
  return {
    ...steps,
    kDate: hex(steps.kDate),
    kRegion: hex(steps.kRegion),
    kService: hex(steps.kService),
    kSigning: hex(steps.kSigning),
    xContentSha256: byAdapter.headers?.['x-content-sha256'],
    authorization: byAdapter.headers?.authorization,
    authorizationWithSdkHeaderSet: signed(sdk).authorization,
    authorizationWithSessionToken_TEST_SESSION_TOKEN: signed({ ...own, 'x-security-token': 'TEST-SESSION-TOKEN' })
      .authorization
  }
}
