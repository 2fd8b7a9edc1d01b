import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
  type KeyObject
} from 'node:crypto'

/* Everything that SECRET_KEY protects. Each use derives its own key, so that none can replace another. */

const VERSION = 'v1'

interface Options {
  /** the key before a rotation: what it encrypted and signed is still read */
  previous?: Buffer | null
  /** what API keys are hashed with, when it was derived from an earlier key */
  hashingKey?: Buffer
}

/** Encrypts credentials, hashes API keys and signs links. `secretKey`: 32 bytes. */
export function createVault(
  secretKey: Buffer,
  { previous = null, hashingKey = hashingKeyOf(secretKey) }: Options = {}
) {
  const known = previous === null ? [secretKey] : [secretKey, previous]
  // key objects: from raw bytes Node makes one in every call (an HMAC costs 9 µs that way, 1.4 µs with the object)
  const encryptionKeys = known.map(key => createSecretKey(derive(key, 'credentials')))
  const linkKeys = known.map(key => createSecretKey(derive(key, 'links')))
  // true because there is at least one
  const [encryptionKey, previousKey] = encryptionKeys as [KeyObject, KeyObject?]
  const linkKey = linkKeys[0]!
  const hashKey = createSecretKey(hashingKey)

  return {
    /** AES-256-GCM. `context` names the field (encryption-context.ts): a ciphertext moved elsewhere does not decrypt. */
    encrypt(plain: string, context: string): string {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return [VERSION, nonce.toString('base64'), text.toString('base64'), cipher.getAuthTag().toString('base64')].join(
        ':'
      )
    },

    /** Throws when the key, the context or a single bit differs from when it was encrypted. */
    decrypt(encrypted: string, context: string): string {
      try {
        return decryptWith(encryptionKey, encrypted, context)
      } catch (error) {
        if (!previousKey) throw error
        return decryptWith(previousKey, encrypted, context)
      }
    },

    /** Whether the current key, and not the previous one, encrypted this. */
    isCurrent(encrypted: string, context: string): boolean {
      try {
        decryptWith(encryptionKey, encrypted, context)
        return true
      } catch {
        return false
      }
    },

    /** Keyed hash of an API key, in hex: useless without SECRET_KEY. */
    hashKey: (secret: string) => createHmac('sha256', hashKey).update(secret).digest('hex'),

    /** Signature of a link that we hand out, in base64url. */
    signLink: (text: string) => createHmac('sha256', linkKey).update(text).digest('base64url'),

    /** Whether `signature` was made by `signLink` for this text; compares in constant time. */
    verifyLink(text: string, signature: string): boolean {
      const given = Buffer.from(signature, 'base64url')
      return linkKeys.some(key => {
        const expected = createHmac('sha256', key).update(text).digest()
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },

    /** What API keys are hashed with: it outlives the key that it was derived from, because their secrets are not known. */
    hashingKey
  }
}

export type Vault = ReturnType<typeof createVault>

/** Returns what API keys are hashed with while no other key was in use. */
export const hashingKeyOf = (secretKey: Buffer): Buffer => derive(secretKey, 'keys')

function derive(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', `reelay:${purpose}`, 32))
}

function decryptWith(key: KeyObject, encrypted: string, context: string): string {
  const [version, nonce = '', text = '', tag = ''] = encrypted.split(':')
  if (version !== VERSION) throw new Error('encrypted by an unknown version')
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
    .setAAD(Buffer.from(context))
    .setAuthTag(Buffer.from(tag, 'base64'))
  return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8')
}
