import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { png } from '../support/wire.ts'

const MB = 1024 * 1024
/** Forty megabytes of base64: with 64 in all, one submit at a time. */
const image = png(15 * MB).toString('base64')
const body = { model: 'kling-v1', prompt: 'a cat', image, metadata: { image_tail: image } }

describe.each(kinds)('images on their way to vendors, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() =>
    startTestServer({ kind, env: { BODIES_MB: '64', SUBMIT_WAIT_MS: '100' }, channel: vendor.channel() })
  )

  test('are bounded: a submit waits for memory, and reads its images when it has some', async () => {
    const answer = Promise.withResolvers<'accept'>()
    vendor.onSubmit = () => answer.promise
    const first = await server.newVideo(body)
    await expect.poll(() => vendor.submits.length, { timeout: 30_000 }).toBe(1)
    const second = await server.newVideo({ ...body, prompt: 'a dog' })
    // small ones do not wait
    vendor.onSubmit = () => 'accept'
    await server.newVideo({ prompt: 'a bird' })
    expect(vendor.submits.map(({ body: sent }) => sent.prompt)).toEqual(['a cat', 'a bird'])
    answer.resolve('accept')
    await expect.poll(() => vendor.submits.length, { timeout: 30_000 }).toBe(3)
    const { prompt, image: sent, image_tail: tail } = vendor.submits[2]!.body
    expect([prompt, sent === image, tail === image]).toEqual(['a dog', true, true])
    for (const id of [first, second]) expect(await server.finished(id)).toMatchObject({ status: 'completed' })
  })

  test('of a fanned-out task are stored once', async () => {
    const id = await server.newVideo({ ...body, image: png(1000).toString('base64'), metadata: {}, n: 5 })
    const { db, requests } = server.services.database
    expect(await db.select({ id: requests.taskId }).from(requests)).toEqual([{ id }])
    expect(await server.finished(id)).toMatchObject({ status: 'completed' })
    expect(new Set(vendor.submits.map(({ body: sent }) => String(sent.image).length)).size).toBe(1)
    expect(vendor.submits).toHaveLength(5)
    expect(await db.select().from(requests)).toEqual([])
  })
})
