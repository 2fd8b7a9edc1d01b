import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'
import { promisify } from 'node:util'
import { createSemaphore } from './semaphore.ts'
import { withoutTrailing } from './trailing.ts'

/* Passwords as argon2id, in the PHC format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */

// OWASP's Password Storage Cheat Sheet: 19 MiB of memory, 2 passes, 1 lane
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
// each takes 19 MiB, and a thread that DNS and the disk need too
const oneOfTwo = createSemaphore(2)
const derive = promisify(argon2)

/** Returns the hash of a password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const { memory, passes, parallelism } = cost
  const derived = await tagOf(password, { ...cost, nonce })
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(derived)}`
}

/** Whether a password is the one that was hashed. `stored` null: false, after the same work as for any other. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const [, m, t, p, salt = '', tag = ''] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored ?? (await nobody())) ?? []
  const expected = Buffer.from(tag, 'base64')
  const derived = await tagOf(password, {
    memory: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    tagLength: expected.length,
    nonce: Buffer.from(salt, 'base64')
  })
  return timingSafeEqual(derived, expected) && stored !== null
}

// the same letters may come composed or not
const tagOf = (password: string, parameters: Omit<Argon2Parameters, 'message'>) =>
  oneOfTwo(() => derive('argon2id', { ...parameters, message: password.normalize('NFKC') }))

let nobodys: Promise<string> | undefined
const nobody = () => (nobodys ??= hashPassword(randomBytes(16).toString('hex')))

const base64 = (bytes: Uint8Array) => withoutTrailing(Buffer.from(bytes).toString('base64'), '=')
