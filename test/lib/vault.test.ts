import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createVault } from '../../src/lib/vault.ts'

const vault = createVault(randomBytes(32))
const place = 'channels:chan_1:credential'

test('what was encrypted decrypts again, and never looks the same twice', () => {
  const sealed = vault.encrypt('access|secret 密钥', place)
  expect(vault.decrypt(sealed, place)).toBe('access|secret 密钥')
  expect(vault.encrypt('access|secret 密钥', place)).not.toBe(sealed)
  expect(sealed).not.toContain('access')
})

test('with another row, column or key it does not decrypt', () => {
  const sealed = vault.encrypt('secret', place)
  expect(() => vault.decrypt(sealed, 'channels:chan_2:credential')).toThrow()
  expect(() => vault.decrypt(sealed, 'channels:chan_1:other')).toThrow()
  expect(() => createVault(randomBytes(32)).decrypt(sealed, place)).toThrow()
})

test('every single flipped bit is noticed', () => {
  const [version, ...parts] = vault.encrypt('a credential of some length', place).split(':')
  for (const [index, part] of parts.entries()) {
    const bytes = Buffer.from(part, 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const forged = [version, ...parts.with(index, flipped.toString('base64'))].join(':')
      expect(() => vault.decrypt(forged, place)).toThrow()
    }
  }
})

test('a shortened tag is not accepted', () => {
  const [version, nonce, text, tag] = vault.encrypt('x', place).split(':')
  const short = Buffer.from(tag!, 'base64').subarray(0, 4).toString('base64')
  expect(() => vault.decrypt([version, nonce, text, short].join(':'), place)).toThrow()
})

test('a link signature is valid for its own text only', () => {
  const signature = vault.signLink('content:video_1:123')
  expect(vault.verifyLink('content:video_1:123', signature)).toBe(true)
  expect(vault.verifyLink('content:video_2:123', signature)).toBe(false)
  expect(vault.verifyLink('content:video_1:123', '')).toBe(false)
})
