import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from '../../src/lib/passwords.ts'

test('argon2id with the cost and a salt in the hash; the right password alone fits', async () => {
  const [one, other] = [await hashPassword('correct horse'), await hashPassword('correct horse')]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(other).not.toBe(one)
  expect(await verifyPassword('correct horse', one)).toBe(true)
  for (const wrong of ['correct horse ', 'Correct horse', '', 'correct hors'])
    expect(await verifyPassword(wrong, one)).toBe(false)
})

test('the same letters, composed or not', async () => {
  const hash = await hashPassword('Pass\u00e9 compos\u00e9')
  expect(await verifyPassword('Passe\u0301 compose\u0301', hash)).toBe(true)
})

test('nobody: false', async () => {
  expect(await verifyPassword('', null)).toBe(false)
  expect(await verifyPassword('correct horse', null)).toBe(false)
})
