import { expect, test } from 'vitest'
import { GatewayError, type Video } from '../../src/mcp/gateway.ts'
import { LONGEST_WAIT_MS, waitForEnd } from '../../src/mcp/wait.ts'

const video = { id: 'video_1', status: 'in_progress', progress: 0 } as Video // the fields that waiting reads

/** Waits on a clock of its own. `spend`: how many of the seconds asked for an answer takes; by default all. */
async function wait(
  answer: (asked: number) => Partial<Video>,
  { watched = false, spend = (seconds: number) => seconds } = {}
) {
  let now = 0
  const asked: number[] = []
  const told: number[] = []
  const found = await waitForEnd(video, {
    gateway: {
      async get(_id, seconds) {
        asked.push(seconds)
        now += spend(seconds) * 1000
        return { ...video, ...answer(asked.length) }
      }
    },
    monotonic: () => now,
    until: LONGEST_WAIT_MS,
    onProgress: watched ? async ({ progress }) => void told.push(progress) : undefined,
    signal: new AbortController().signal
  })
  return { found, asked, told, now }
}

test('45 seconds at most: asked once, or in slices when somebody watches', async () => {
  expect(await wait(() => ({}))).toMatchObject({ found: { status: 'in_progress' }, asked: [45], now: 45_000 })
  const { asked, told, now } = await wait(count => ({ progress: count }), { watched: true })
  expect([asked.length, now]).toEqual([15, 45_000])
  expect(told).toEqual(Array.from({ length: 16 }, (_, index) => index))
})

test('it ends with the video', async () => {
  const { found, asked } = await wait(count => ({ status: count === 2 ? 'completed' : 'in_progress' }), {
    watched: true,
    spend: () => 3
  })
  expect([found.status, asked]).toEqual(['completed', [3, 3]])
})

test('an answer that came too early, of a server that stops, is not asked for again and again', async () => {
  expect((await wait(() => ({}), { spend: () => 1 })).asked).toEqual([45])
})

test('a refusal to wait leaves the video as it was; a bug does not', async () => {
  const refuse = (error: Error) => () => {
    throw error
  }
  const { found } = await wait(refuse(new GatewayError('rate_limit_exceeded', 'Slow down.')))
  expect(found).toBe(video)
  await expect(wait(refuse(new Error('bug')))).rejects.toThrow('bug')
})
