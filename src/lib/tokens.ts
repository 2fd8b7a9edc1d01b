import { hash, randomBytes } from 'node:crypto'

/** Returns a token of 256 random bits in base64url, and the hash that is stored instead of it. */
export function newToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashToken(token) }
}

/** Returns the SHA-256 of a token in hex: tokens are random, so a slow hash would protect nothing more. */
export const hashToken = (token: string) => hash('sha256', token)
