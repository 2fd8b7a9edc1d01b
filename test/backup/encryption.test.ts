import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { decrypt, encrypt } from '../../src/backup/encryption.ts'

const PASSPHRASE = 'a passphrase with é'
const FRAME = 65_536

/** In chunks that do not fit the frames. */
function* inPieces(bytes: Buffer, size = 10_007) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}
const encrypted = (plain: Buffer) => buffer(Readable.from(encrypt(Readable.from(inPieces(plain)), PASSPHRASE)))
const decrypted = (bytes: Buffer, passphrase: string | undefined = PASSPHRASE) =>
  buffer(Readable.from(decrypt(Readable.from(inPieces(bytes)), passphrase)))

describe('an encrypted backup', () => {
  test.each([0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 200_003])('of %i bytes decrypts again', async size => {
    const plain = randomBytes(size)
    const sealed = await encrypted(plain)
    expect(sealed.length).toBe(35 + size + 16 * Math.max(1, Math.ceil(size / FRAME)))
    expect((await decrypted(sealed)).equals(plain)).toBe(true)
  })

  test('never looks the same twice, and has nothing of what it hides', async () => {
    const plain = Buffer.from('canary '.repeat(1000))
    const [one, other] = [await encrypted(plain), await encrypted(plain)]
    expect(one.equals(other)).toBe(false)
    expect(one.includes('canary')).toBe(false)
  })

  test('takes the same passphrase typed in another form, and no other', async () => {
    const sealed = await encrypted(Buffer.from('secret'))
    expect((await decrypted(sealed, PASSPHRASE.normalize('NFD'))).toString()).toBe('secret')
    await expect(decrypted(sealed, 'another passphrase')).rejects.toThrow(/passphrase is wrong/)
    await expect(buffer(Readable.from(decrypt(Readable.from([sealed]), undefined)))).rejects.toThrow(/is encrypted/)
  })

  test('what is not encrypted passes as it is', async () => {
    for (const plain of [Buffer.alloc(0), Buffer.from('short'), randomBytes(100_000)])
      expect((await decrypted(plain)).equals(plain)).toBe(true)
  })

  test('cut short, with frames swapped, repeated or missing, or one bit flipped: refused', async () => {
    const sealed = await encrypted(randomBytes(2 * FRAME + 1000))
    const at = (frame: number) => 35 + frame * (FRAME + 16)
    const [head, first, second, last] = [
      sealed.subarray(0, 35),
      sealed.subarray(at(0), at(1)),
      sealed.subarray(at(1), at(2)),
      sealed.subarray(at(2))
    ]
    const flipped = (position: number) => {
      const copy = Buffer.from(sealed)
      copy[position]! ^= 1
      return copy
    }
    const bad = [
      ...[36, 51, at(1), at(1) - 1, at(2), sealed.length - 1].map(size => sealed.subarray(0, size)),
      Buffer.concat([head, second, first, last]),
      Buffer.concat([head, first, first, second, last]),
      Buffer.concat([head, first, last]),
      Buffer.concat([head, first, second, last, last]),
      ...[20, 34, 35, at(1) + 5, sealed.length - 1].map(flipped)
    ]
    for (const [index, bytes] of bad.entries())
      await expect(decrypted(bytes), `case ${index}`).rejects.toThrow(/passphrase is wrong|damaged or cut short/)
  })
})
