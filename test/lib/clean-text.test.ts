import { expect, test } from 'vitest'
import { publicWords, shortened, wellFormed } from '../../src/lib/clean-text.ts'

test.each([
  ['half \ud83d an emoji', 'half \ufffd an emoji'],
  ['\ude00 the other half', '\ufffd the other half'],
  ['a\u0000b', 'a\ufffdb'],
  ['whole 😀 ok', 'whole 😀 ok']
])('%j → %j', (text, whole) => expect(wellFormed(text)).toBe(whole))

test('a text is shortened without splitting a character', () => {
  expect(shortened('12345', 5)).toBe('12345')
  expect(shortened('123456', 5)).toBe('1234…')
  for (const most of [4, 5, 6, 7]) {
    const text = shortened('a😀😀😀😀', most)
    expect(text.isWellFormed()).toBe(true)
    expect(text.length).toBeLessThanOrEqual(most)
  }
})

// what may be read on, and what may not; the secrets are made up
test.each([
  ['Incorrect API key provided: sk-proj-abc123DEF456ghi789.', 'Incorrect API key provided: sk-….'],
  ['keys AKIAIOSFODNN7EXAMPLE and AKLTabcdef0123456789', 'keys AKIA… and AKLT…'],
  ['{"api_key":"abcd1234"} was refused', '{"api_key":"…"} was refused'],
  ['secretKey=hunter2hunter2; retry', 'secretKey=…; retry'],
  ['Invalid token: it has expired', 'Invalid token: it has expired'],
  ['Authorization: Bearer abcdefghijklmn0123', 'Authorization: Bearer …'],
  ['signature 0123456789abcdef0123456789abcdef does not match', 'signature … does not match'],
  ['token Zm9vYmFyQmF6UXV4MTIzNDU2Nzg5MA== is bad', 'token … is bad'],
  ['r8_AbCdEfGhIjKlMnOpQrStUvWx0123456789ab has no credit', 'r8_… has no credit'],
  ['-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc\n-----END PRIVATE KEY----- is bad', '… is bad'],
  ['cannot open /srv/models/kling/weights.bin (errno 2)', 'cannot open [path] (errno 2)'],
  ['Traceback: File "/usr/lib/python3.11/site.py", line 3', 'Traceback: File "[path]", line 3'],
  ['at render (src/worker/render.py:12)', 'at render ([path]:12)'],
  ['open C:\\Users\\li\\render.exe failed', 'open [path] failed'],
  ['ask ops+video@vendor.example.com', 'ask [email]'],
  ['account 4711-0815 has no balance', 'account … has no balance'],
  ['the customer account 4711 has no balance', 'the customer account … has no balance'],
  [
    'Rate limit reached in organization org-Ab12Cd34Ef56Gh78 on minutes',
    'Rate limit reached in organization … on minutes'
  ],
  ['GET https://cdn.vendor.test/a.mp4?sig=abc failed', 'GET https://cdn.vendor.test/a.mp4?… failed'],
  // words, ids and addresses that help
  [
    'kling-v2-5-turbo-pro-text-to-video-1080p makes 5 or 10 seconds',
    'kling-v2-5-turbo-pro-text-to-video-1080p makes 5 or 10 seconds'
  ],
  ['task 123e4567-e89b-12d3-a456-426614174000 is unknown', 'task 123e4567-e89b-12d3-a456-426614174000 is unknown'],
  ['task 785123456789012345 is unknown', 'task 785123456789012345 is unknown'],
  ['There is nothing at GET /v1/videos/abc', 'There is nothing at GET /v1/videos/abc'],
  ['fal-ai/kling-video/v2.1/master does not exist', 'fal-ai/kling-video/v2.1/master does not exist'],
  ['account balance is 0.00', 'account balance is 0.00'],
  ['敏感内容，请修改提示词', '敏感内容，请修改提示词']
])('%s → %s', (said, words) => expect(publicWords(said)).toBe(words))

test('a message has at most 2,000 characters, and its end is not half a secret', () => {
  const words = publicWords(`${'ab '.repeat(660)}0123456789abcdef0123456789abcdef0123456789abcdef and more`)
  expect(words.length).toBeLessThanOrEqual(2000)
  expect(words).not.toContain('0123')
  expect(publicWords('😀'.repeat(5000)).isWellFormed()).toBe(true)
})

test('the time it takes grows with the length', () => {
  const hostile = [
    'a-'.repeat(50_000),
    'org '.repeat(50_000),
    '@'.repeat(100_000),
    '/a'.repeat(50_000),
    'a'.repeat(100_000)
  ]
  // of the processor: others may be using it
  const before = process.cpuUsage()
  for (const text of hostile) publicWords(text)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(500)
})
