import { expect, test } from 'vitest'
import { stringsIn, withoutEcho } from '../../src/lib/without-echo.ts'

test.each([
  ['the prompt', 'Refused: "a red fox in the snow".', ['a red fox in the snow'], 'Refused: "…".'],
  ['in other letters', 'Refused: A RED FOX IN THE SNOW', ['a red fox in the snow'], 'Refused: …'],
  ['a part of it', 'Bad words: fox in the snow!', ['A red fox in the snow at dawn'], 'Bad words:…!'],
  ['the end of a cut one', 'Bad: …in the snow at dawn', ['A red fox in the snow at dawn'], 'Bad: ……'],
  ['a short one as a whole', 'The prompt "a cat" is refused', ['a cat'], 'The prompt "…" is refused'],
  ['Chinese', '提示词“一只红色的狐狸在雪地里慢慢地奔跑”违规', ['一只红色的狐狸在雪地里慢慢地奔跑'], '提示词“…”违规'],
  [
    'several',
    'no blood, gore or violence: a red fox in the snow',
    ['a red fox in the snow', 'blood, gore or violence'],
    'no …: …'
  ],
  ['nothing', 'Insufficient balance.', ['a red fox in the snow'], 'Insufficient balance.'],
  ['too short to tell', 'It is a no.', ['a'], 'It is a no.'],
  ['a letter that grows', 'İ: a red fox in the snow', ['a red fox in the snow'], 'i̇: …']
])('%s', (_, text, asked, left) => {
  expect(withoutEcho(text, asked)).toBe(left)
})

test('is not slow: a long message and a long prompt', () => {
  const words = Array.from({ length: 4000 }, (_, at) => `word${at}`).join(' ')
  const started = performance.now()
  withoutEcho(words.slice(0, 2000), [words, 'x'.repeat(30_000)])
  expect(performance.now() - started).toBeLessThan(1000)
})

test('every string of a value', () => {
  expect(stringsIn({ a: 'one', b: [{ c: 'two' }, 3, null], d: undefined })).toEqual(['one', 'two'])
})
