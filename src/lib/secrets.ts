import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { base62 } from './base62.ts'

const BODY = 43
const CHECKSUM = 6

/** Returns a new API key: `sk-`, 256 random bits and their CRC-32, in base62. */
export function newSecret(): string {
  const body = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), BODY)
  return `sk-${body}${checksum(body)}`
}

/** Whether the checksum is right: rejects typing errors and scans without a database query. */
export function isWellFormed(secret: string): boolean {
  const match = /^sk-([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(secret)
  return match !== null && checksum(match[1]!) === match[2]
}

/** Returns the first characters of a key, enough to tell keys apart. */
export const hintOf = (secret: string) => `${secret.slice(0, 7)}…`

const checksum = (body: string) => base62(BigInt(crc32(body)), CHECKSUM)
