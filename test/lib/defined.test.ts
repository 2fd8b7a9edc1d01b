import { expect, expectTypeOf, test } from 'vitest'
import { defined, type Defined } from '../../src/lib/defined.ts'

test('drops undefined fields and keeps every other value', () => {
  const fields = defined({ none: undefined, nothing: null, zero: 0, empty: '', no: false, list: [1] })
  expect(fields).toStrictEqual({ nothing: null, zero: 0, empty: '', no: false, list: [1] })
  expect(Object.keys(fields)).not.toContain('none')
})

test('returns a copy', () => {
  const given = { a: 1 }
  expect(defined(given)).not.toBe(given)
})

test('a field that may be undefined becomes optional, under exactOptionalPropertyTypes', () => {
  const seed = undefined as number | undefined
  const fields = defined({ seed, prompt: 'x', note: null as string | null })
  expectTypeOf(fields).toEqualTypeOf<{ prompt: string; note: string | null; seed?: number }>()
  // @ts-expect-error an optional field is left out, never undefined
  const wrong: typeof fields = { prompt: 'x', note: null, seed: undefined }
  const target: { prompt: string; seed?: number } = { ...fields }
  expect([target, wrong]).toStrictEqual([
    { prompt: 'x', note: null },
    { prompt: 'x', note: null, seed: undefined }
  ])
})

test('optional and readonly fields keep their modifiers', () => {
  expectTypeOf<Defined<{ a?: number; readonly b: string; c: string | undefined }>>().toEqualTypeOf<{
    a?: number
    readonly b: string
    c?: string
  }>()
})
