import { describe, expect, test } from 'vitest'
import { createMeter, longestOf, mostBytes } from '../../src/files/limits.ts'

const MB = 1_000_000

describe('the bytes of one copy', () => {
  test.each([
    ['an announced length is believed', 2048, 1_900 * MB, 5, 2048],
    ['up to MAX_VIDEO_MB', 100, 1_900 * MB, 5, 100],
    ['without one, the length in seconds decides', 2048, null, 5, 64 + 5 * 16],
    ['a part of a second counts as one', 2048, null, 4.2, 64 + 5 * 16],
    ['and MAX_VIDEO_MB all the same', 100, null, 60, 100],
    ['when nothing is known, MAX_VIDEO_MB alone', 2048, null, null, 2048]
  ])('%s', (_name, max, announced, seconds, expected) => {
    expect(mostBytes(max, announced, seconds)).toBe(expected * MB)
  })

  test('the longest video of a model', () => {
    expect(longestOf({ seconds: [4, 12, 8] })).toBe(12)
    expect(longestOf({ seconds: { min: 1, max: 15 } })).toBe(15)
    expect(longestOf({})).toBeNull()
    expect(longestOf(undefined)).toBeNull()
  })
})

describe('a meter', () => {
  let time = 0
  const now = () => time
  /** Counts `bytes` each second until it throws, for two hours at most; gives the seconds. */
  function secondsUntil(bytes: (second: number) => number, most = Infinity): [number, string] | null {
    const count = createMeter({ most, now })
    for (let second = 1; second <= 7200; second++) {
      time += 1000
      try {
        count(bytes(second))
      } catch (error) {
        return [second, String(error)]
      }
    }
    return null
  }

  test('stops at the first byte too many', () => {
    const count = createMeter({ most: 10, now })
    count(10)
    expect(() => count(1)).toThrow('MAX_VIDEO_MB')
  })

  test('stops a trickle after half a minute, also one that began fast', () => {
    expect(secondsUntil(() => 8191)).toEqual([30, expect.stringContaining('8191 bytes a second')])
    expect(secondsUntil(second => (second < 35 ? MB : 1))![0]).toBe(90)
  })

  test('stops anything after half an hour, and nothing before that which comes at the slowest speed', () => {
    expect(secondsUntil(() => 8192)).toEqual([1801, expect.stringContaining('after 30 minutes')])
    expect(secondsUntil(() => 10 * MB)![0]).toBe(1801)
  })

  test('a pause in a fast file is no trickle', () => {
    expect(secondsUntil(second => (second % 30 < 25 ? 0 : MB))![0]).toBe(1801)
  })
})
