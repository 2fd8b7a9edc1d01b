import { createHash, createHmac } from 'node:crypto'
import { toIso } from '../../lib/time.ts'

/* Tencent Cloud's request signature, TC3-HMAC-SHA256. Source: cloud.tencent.com/document/product/1616, "signature v3". */

interface ToSign {
  secretId: string
  secretKey: string
  service: string
  /** the signed headers, with lower-case names and values */
  headers: Record<string, string>
  /** unix seconds */
  timestamp: number
  /** as it is sent */
  body: string
}

/** Returns the signature of a `POST /` without a query, and each intermediate value; `authorization` is the header's value. */
export function signTencent({ secretId, secretKey, service, headers, timestamp, body }: ToSign) {
  const names = Object.keys(headers).toSorted()
  const signedHeaders = names.join(';')
  const canonicalHeaders = names.map(name => `${name}:${headers[name]}\n`).join('')
  const canonicalRequest = ['POST', '/', '', canonicalHeaders, signedHeaders, sha256Hex(body)].join('\n')
  const day = toIso(timestamp * 1000).slice(0, 10)
  const scope = `${day}/${service}/tc3_request`
  const hashedCanonicalRequest = sha256Hex(canonicalRequest)
  const stringToSign = ['TC3-HMAC-SHA256', timestamp, scope, hashedCanonicalRequest].join('\n')
  const key = hmac(hmac(hmac(`TC3${secretKey}`, day), service), 'tc3_request')
  const signature = hmac(key, stringToSign).toString('hex')
  const authorization = `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { canonicalRequest, hashedCanonicalRequest, stringToSign, signature, authorization }
}

const sha256Hex = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest()
