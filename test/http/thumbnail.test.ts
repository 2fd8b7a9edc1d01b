import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { webp } from '../support/webp.ts'

/* Thumbnails that a console draws and stores for everybody (G18). */

const DAY = 86_400_000

describe.each(kinds)('PUT /admin/tasks/{id}/thumbnail, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)

  describe.each([
    ['in a folder', ''],
    ['off', 'off']
  ])('with the archive %s', (_where, ARCHIVE_URL) => {
    const server = forEachTest(() =>
      startTestServer({ kind, env: { ARCHIVE_URL, RETENTION_DAYS: '2' }, channel: vendor.channel() })
    )
    let id: string

    beforeEach(async () => {
      id = await server.newVideo()
      await server.finished(id)
      // where ffmpeg is found there is a thumbnail already: this one has none
      const { db, assets } = server.services.database
      await server.services.archiver.tick()
      await db.delete(assets)
    })

    const put = (body: Uint8Array<ArrayBuffer>, more: { type?: string; of?: string; key?: string } = {}) =>
      server.ask(`/admin/tasks/${more.of ?? id}/thumbnail`, {
        method: 'PUT',
        headers: { 'content-type': more.type ?? 'image/webp' },
        body,
        ...(more.key !== undefined && { key: more.key })
      })
    const error = async (answer: Response) => [answer.status, ((await answer.json()) as any).error.code]
    const pictures = () => {
      const folder = join(server.folder, 'archive', id)
      return existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.webp')) : []
    }

    test('it is served, and lists have it', async () => {
      expect((await server.inspect(id)).thumbnail_url).toBeNull()
      const stored = await put(webp)
      expect(stored.status).toBe(200)
      const url = `/v1/videos/${id}/content?variant=thumbnail`
      expect(await stored.json()).toMatchObject({ id, thumbnail_url: url })
      const { data } = (await server.call('GET', '/admin/tasks')).body
      expect(data[0]).toMatchObject({ id, thumbnail_url: url })
      const picture = await server.ask(url, {})
      expect(picture.headers.get('content-type')).toBe('image/webp')
      expect(Buffer.from(await picture.arrayBuffer()).equals(webp)).toBe(true)
      expect((await server.inspect(id)).files).toContainEqual(
        expect.objectContaining({ variant: 'thumbnail', state: 'archived', bytes: webp.length, type: 'image/webp' })
      )
    })

    test('there is one: of several at once the first stays', async () => {
      const other = Buffer.from(webp)
      other[other.length - 2] = 1
      const answers = await Promise.all([put(webp), put(other), put(webp)])
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409])
      expect(await error(await put(other))).toEqual([409, 'conflict'])
      expect(pictures()).toHaveLength(1)
      expect((await server.ask(`/v1/videos/${id}/content?variant=thumbnail`, {})).status).toBe(200)
    })

    test('it ends with its video, or when that is deleted', async () => {
      await put(webp)
      await server.services.archiver.tick()
      expect(pictures()).toHaveLength(1)
      await server.call('DELETE', `/v1/videos/${id}`)
      await server.services.archiver.tick()
      expect(pictures()).toEqual([])

      id = await server.newVideo()
      await server.finished(id)
      await put(webp)
      await server.services.archiver.tick()
      await server.advance(3 * DAY)
      await server.services.archiver.tick()
      expect(pictures()).toEqual([])
    })

    test('refuses what is no WebP image, too large, of an unfinished or unknown video, and members', async () => {
      const cut = webp.subarray(0, -4)
      for (const wrong of [Buffer.alloc(0), cut, Buffer.concat([webp, webp]), Buffer.from('<svg onload=alert(1)>')])
        expect(await error(await put(Buffer.from(wrong)))).toEqual([400, 'invalid_request'])
      expect(await error(await put(Buffer.alloc(40_001)))).toEqual([413, 'request_too_large'])
      expect(await error(await put(webp, { type: 'image/png' }))).toEqual([415, 'unsupported_media_type'])
      expect(await error(await put(webp, { type: 'application/json' }))).toEqual([415, 'unsupported_media_type'])
      expect(await error(await put(webp, { of: `video_${'0'.repeat(32)}` }))).toEqual([404, 'video_not_found'])
      vendor.onSubmit = () => ({ status: 400, body: { code: 1301, message: 'no', request_id: 'r' } })
      expect(await error(await put(webp, { key: await server.memberKey() }))).toEqual([403, 'admin_required'])
      expect((await server.inspect(id)).thumbnail_url).toBeNull()
    })

    test('not of a task that has not ended', async () => {
      const open = await server.newVideo()
      expect(await error(await put(webp, { of: open }))).toEqual([400, 'video_not_ready'])
    })
  })

  test('of a request for several videos: the first one’s', async () => {
    const server = await startTestServer({ kind, channel: vendor.channel() })
    const id = await server.newVideo({ n: 2 })
    await server.finished(id)
    const headers = { 'content-type': 'image/webp' }
    expect((await server.ask(`/admin/tasks/${id}/thumbnail`, { method: 'PUT', headers, body: webp })).status).toBe(200)
    expect((await server.inspect(id)).thumbnail_url).toMatch(id)
    expect((await server.content(id, { query: '?variant=thumbnail' })).status).toBe(200)
    await server.close()
  })
})
