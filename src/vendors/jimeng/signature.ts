import { createHash, createHmac } from 'node:crypto'

/* Volcengine's request signature: AWS V4 without its prefixes. Source: vendors/jimeng.md §2, checked there against @volcengine/openapi 1.36.2. */

interface ToSign {
  accessKey: string
  /** used as text, although it looks like base64 */
  secretKey: string
  region: string
  service: string
  method: string
  path: string
  query: Record<string, string>
  /** the signed headers, with lower-case names; `x-date` is one of them */
  headers: Record<string, string> & { 'x-date': string }
  /** hex */
  bodySha256: string
}

/** Returns the signature and each intermediate value; `authorization` is the header's value. */
export function signVolcengine(request: ToSign) {
  const { accessKey, secretKey, region, service, method, path, query, headers, bodySha256 } = request
  const stamp = headers['x-date']
  const day = stamp.slice(0, 8)
  const names = Object.keys(headers).toSorted()
  const signedHeaders = names.join(';')
  const canonicalHeaders = names.map(name => `${name}:${headers[name]?.trim()}\n`).join('')
  const canonicalRequest = [method, path, canonicalQuery(query), canonicalHeaders, signedHeaders, bodySha256].join('\n')
  const scope = `${day}/${region}/${service}/request`
  const hashedCanonicalRequest = sha256Hex(canonicalRequest)
  const stringToSign = `HMAC-SHA256\n${stamp}\n${scope}\n${hashedCanonicalRequest}`

  const kDate = hmac(secretKey, day)
  const kRegion = hmac(kDate, region)
  const kService = hmac(kRegion, service)
  const kSigning = hmac(kService, 'request')
  const signature = hmac(kSigning, stringToSign).toString('hex')
  const authorization = `HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  const keys = { kDate, kRegion, kService, kSigning }
  return { canonicalRequest, hashedCanonicalRequest, stringToSign, ...keys, signature, authorization }
}

export const sha256Hex = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest()

function canonicalQuery(query: Record<string, string>): string {
  return Object.keys(query)
    .toSorted()
    .map(name => `${escape(name)}=${escape(query[name] ?? '')}`)
    .join('&')
}

// RFC 3986: encodeURIComponent leaves !'()* alone
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
