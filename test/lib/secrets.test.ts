import { expect, test } from 'vitest'
import { isWellFormed, newSecret } from '../../src/lib/secrets.ts'

test('a key is sk- and 49 characters of base62, and never the same', () => {
  const made = Array.from({ length: 200 }, newSecret)
  for (const secret of made) {
    expect(secret).toMatch(/^sk-[0-9A-Za-z]{49}$/)
    expect(isWellFormed(secret)).toBe(true)
  }
  expect(new Set(made).size).toBe(200)
})

test('a single wrong character is noticed without a database query', () => {
  const secret = newSecret()
  for (let at = 3; at < secret.length; at++) {
    const wrong = secret[at] === 'a' ? 'b' : 'a'
    expect(isWellFormed(secret.slice(0, at) + wrong + secret.slice(at + 1))).toBe(false)
  }
})

test.each(['', 'sk-', 'sk-abc', `sk-${'a'.repeat(49)}`, `pk-${'a'.repeat(49)}`, "sk-' OR '1'='1"])(
  '%j is not well formed',
  text => {
    expect(isWellFormed(text)).toBe(false)
  }
)
