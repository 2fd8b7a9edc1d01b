import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { prettyLine } from '../../src/lib/pretty-line.ts'

const entry = {
  level: 40,
  time: '2026-11-30T10:20:30.456Z',
  task: 'video_1',
  key: 'team a',
  seconds: 1.5,
  msg: 'task failed'
}

test('time, level, message, fields', () => {
  expect(prettyLine(JSON.stringify(entry), false)).toBe(
    '10:20:30.456 WARN  task failed task=video_1 key="team a" seconds=1.5\n'
  )
  const coloured = prettyLine(JSON.stringify(entry), true)
  expect(coloured).toContain('\u001b[33mWARN')
  expect(stripVTControlCharacters(coloured)).toBe(prettyLine(JSON.stringify(entry), false))
})

test('an error: its fields in the line, its stack below, no stack of its cause', () => {
  const err = {
    type: 'Error',
    message: 'no disk',
    stack: '    at one\n    at two',
    cause: { message: 'full', stack: 'deep' }
  }
  expect(prettyLine(JSON.stringify({ ...entry, level: 50, err }), false)).toBe(
    '10:20:30.456 ERROR task failed task=video_1 key="team a" seconds=1.5 err.type=Error err.message="no disk" err.cause={"message":"full"}\n' +
      '    at one\n    at two\n'
  )
})

test('what others say stays on its line, and no terminal obeys it', () => {
  const line = prettyLine(JSON.stringify({ ...entry, words: 'a\nb\u001b[2J\u009b31m\u007f "quoted"' }), false)
  expect(line.split('\n')).toHaveLength(2)
  // eslint-disable-next-line no-control-regex
  expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
})
