import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { BackupError } from './error.ts'

/*
 * A backup encrypted with a passphrase: `reelay-encrypted-1`, a line feed, 16 bytes of salt; then frames of 64 KiB, the last one shorter, each
 * AES-256-GCM with its tag of 16 bytes behind it. A frame's nonce is its number and whether it is the last: frames that are swapped, repeated or
 * cut off do not decrypt, and nothing that was not checked is passed on.
 */

const MAGIC = Buffer.from('reelay-encrypted-1\n')
const SALT = 16
const HEADER = MAGIC.length + SALT
const FRAME = 65_536
const TAG = 16

// RFC 9106 §4, the second recommended choice: 64 MiB of memory, 3 passes, 4 lanes
const cost = { memory: 65_536, passes: 3, parallelism: 4, tagLength: 32 }
const derive = promisify(argon2)

/** Encrypts a stream with a passphrase. */
export async function* encrypt(plain: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Buffer> {
  const header = Buffer.concat([MAGIC, randomBytes(SALT)])
  const key = await keyOf(passphrase, header)
  yield header
  let number = 0
  for await (const { bytes, isLast } of framesOf(plain, FRAME)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number++, isLast)).setAAD(header)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

/** Decrypts what `encrypt` made; passes on what is not encrypted. Throws BackupError without the passphrase, when it is wrong, or the file is damaged. */
export async function* decrypt(
  source: AsyncIterable<Uint8Array>,
  passphrase: string | undefined
): AsyncGenerator<Uint8Array> {
  const { head, rest } = await split(source, HEADER)
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) {
    yield head
    yield* rest
    return
  }
  if (passphrase === undefined)
    throw new BackupError('This backup is encrypted. Set REELAY_PASSPHRASE, or use --passphrase-file.')
  const key = await keyOf(passphrase, head)
  let number = 0
  for await (const { bytes, isLast } of framesOf(rest, FRAME + TAG)) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast), { authTagLength: TAG }).setAAD(head)
    try {
      decipher.setAuthTag(bytes.subarray(-TAG))
      yield Buffer.concat([decipher.update(bytes.subarray(0, -TAG)), decipher.final()])
    } catch {
      throw new BackupError(
        number === 0
          ? 'The passphrase is wrong, or the backup is damaged.'
          : `The backup is damaged or cut short, after ${Math.floor((number * FRAME) / 1e6)} MB.`
      )
    }
    number++
  }
}

const keyOf = (passphrase: string, header: Buffer): Promise<Buffer> =>
  // the same letters may come composed or not
  derive('argon2id', { ...cost, message: passphrase.normalize('NFKC'), nonce: header.subarray(-SALT) })

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Cuts a stream into pieces of `size` bytes; the last one is as long or shorter, and there is always one. */
async function* framesOf(source: AsyncIterable<Uint8Array>, size: number) {
  let held = Buffer.alloc(0)
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk])
    let from = 0
    // what may be the last one waits for the end
    for (; held.length - from > size; from += size) yield { bytes: held.subarray(from, from + size), isLast: false }
    held = held.subarray(from)
  }
  yield { bytes: held, isLast: true }
}

/** Returns the first `size` bytes of a stream, or all of a shorter one, and what follows. */
async function split(source: AsyncIterable<Uint8Array>, size: number) {
  const iterator = source[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  while (held.length < size) {
    const { done, value } = await iterator.next()
    if (done) break
    held = Buffer.concat([held, value])
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    if (held.length > size) yield held.subarray(size)
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head: held.subarray(0, size), rest: rest() }
}
