import type { FastifyRequest } from 'fastify'

export interface CookieOptions {
  path: string
  isSecure: boolean
  /** seconds; 0 deletes the cookie */
  maxAge: number
  /** Lax: also sent when another site leads here */
  sameSite: 'Strict' | 'Lax'
}

/** Returns the value of a cookie; undefined when the request has none. */
export function readCookie({ headers: { cookie } }: FastifyRequest, name: string): string | undefined {
  for (const part of cookie?.split(';') ?? []) {
    const [key, value] = part.split(/=(.*)/s)
    if (key?.trim() === name) return value?.trim()
  }
  return undefined
}

/** Returns the Set-Cookie header of a cookie that scripts cannot read. `value`: letters, digits and `-_:+/=`. */
export function writeCookie(name: string, value: string, { path, isSecure, maxAge, sameSite }: CookieOptions): string {
  const secure = isSecure ? '; Secure' : ''
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=${sameSite}${secure}`
}
