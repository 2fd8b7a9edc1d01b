import { expect, test } from 'vitest'
import { newTokenBudget, parseStrictJson } from '../../src/lib/strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

test.each([
  '{"a":[1,-2.5,1e3,true,null,"x"],"b":{"c":{}}}',
  '"text"',
  '{"quote":"a \\" b \\\\","brackets":"[{]},:"}',
  '{"a":{"same":1},"b":{"same":2}}',
  '[{"same":1},{"same":2}]',
  '{"emoji":"🎬","escaped":"\\ud83c\\udfac"}',
  '{"big":"12345678901234567890"}',
  ' \n\t{ "a" : 9007199254740991 } '
])('%s means what JSON.parse says', text => {
  expect(parse(text)).toEqual(JSON.parse(text))
})

test.each([
  ['{"a":1,"a":2}', /twice/],
  ['{"a":1,"\\u0061":2}', /twice/],
  ['[{"x":{"b":1,"c":2,"b":3}}]', /twice/],
  ['{"__proto__":{}}', /__proto__/],
  ['{"\\u005f_proto__":{}}', /__proto__/],
  ['{"a":[{"constructor":{"b":1,"prototype":{}}}]}', /constructor/],
  ['{"n":12345678901234567890}', /too large to be exact/],
  ['{"n":9007199254740993}', /too large to be exact/],
  ['[1e999]', /too large/],
  ['{"s":"\\ud800"}', /surrogate/],
  ['{"s":"a\\u0000b"}', /U\+0000/],
  ['{"\\udfff":1}', /surrogate/],
  ['['.repeat(33) + ']'.repeat(33), /deeper than 32/],
  ['['.repeat(100_000), /deeper than 32/],
  [`{${Array.from({ length: 1001 }, (_, n) => `"k${n}":1`).join()}}`, /1000 keys/],
  [`[${'1,'.repeat(10_001)}1]`, /10000 items/],
  // as many objects as fit into 6 MB
  [`[${`[${'{},'.repeat(9999)}{}],`.repeat(200)}[]]`, /too many values/],
  ['a:'.repeat(100_000), /too many values/],
  [`"${String.raw`\"`.repeat(200_000)}"`, /too many quotes/],
  ['{"a":', /not valid JSON/],
  ['{"a" 1}', /not valid JSON/],
  ['{"open', /not valid JSON/],
  ['nonsense', /not valid JSON/],
  ["{'a':1}", /not valid JSON/]
])('%.60s is refused', (text, reason) => {
  expect(() => parse(text)).toThrow(reason)
})

test('bytes that are not UTF-8 are refused', () => {
  expect(() => parseStrictJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(/UTF-8/)
})

test('several texts share one budget', () => {
  const budget = newTokenBudget(10)
  expect(parseStrictJson(Buffer.from('[1,2]'), budget)).toEqual([1, 2])
  expect(() => parseStrictJson(Buffer.from('[1,2,3]'), budget)).toThrow(/too many values/)
})
