import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findFfmpeg, firstFrame, spritesheet } from '../../src/assets/thumbnail.ts'
import { playableFilm } from '../support/film.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'

/* ffmpeg reads bytes that a stranger made: it opens nothing but the one file, and takes little. */

const folder = forEachTest(() => makeFolder('thumbnail'))
const path = (name: string) => join(folder.path, name)
const hasFfmpeg = await findFfmpeg()

describe.runIf(hasFfmpeg || process.env.CI)('ffmpeg', () => {
  test('makes a WebP of the first frame', async () => {
    writeFileSync(path('film'), playableFilm(1))
    await firstFrame(path('film'), path('image.webp'), 'video/mp4')
    expect(readFileSync(path('image.webp')).toString('latin1', 8, 12)).toBe('WEBP')
  })

  test.each([0.1, 1, 7, null])(
    'makes a WebP of 16 frames, also of a film that says it has %s seconds',
    async seconds => {
      writeFileSync(path('film'), playableFilm(1))
      await spritesheet(path('film'), path('image.webp'), 'video/mp4', seconds)
      const image = readFileSync(path('image.webp'))
      expect(image.toString('latin1', 8, 12)).toBe('WEBP')
      expect([image.readUInt16LE(26), image.readUInt16LE(28)]).toEqual([1024, 576])
    }
  )

  test('lists of files and of addresses are not followed, whatever type they are given', async () => {
    writeFileSync(path('film.mp4'), playableFilm(1))
    let asked = 0
    const web = createServer((_request, response) => {
      asked++
      response.end(playableFilm(1))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void web.close())
    await new Promise(done => web.once('listening', done))
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/film.mp4`
    const lists = [
      `ffconcat version 1.0\nfile ${path('film.mp4')}\n`,
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${path('film.mp4')}\n#EXT-X-ENDLIST\n`,
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`,
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n`
    ]
    for (const list of lists)
      for (const type of ['video/mp4', 'video/webm', 'video/mp2t', 'video/mpeg', 'video/x-msvideo']) {
        writeFileSync(path('list'), list)
        await expect(firstFrame(path('list'), path('image.webp'), type), `${type} ${list}`).rejects.toThrow()
      }
    expect(asked).toBe(0)
  })
})

test('a type that is not known is not tried', async () => {
  writeFileSync(path('film'), playableFilm(1))
  await expect(firstFrame(path('film'), path('image.webp'), 'video/x-new')).rejects.toThrow('video/x-new')
  expect(existsSync(path('image.webp'))).toBe(false)
})

test('it gets limits of memory, time and disk, and none of our environment', async () => {
  vi.stubEnv('SECRET_KEY', 'a-secret')
  vi.stubEnv('PATH', `${folder.path}:${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  writeFileSync(path('ffmpeg'), `#!/bin/sh\n{ ulimit -v; ulimit -t; env; echo "$@"; } > ${path('told')}\n`)
  chmodSync(path('ffmpeg'), 0o700)
  await firstFrame(path('film'), path('image.webp'), 'video/mp4')
  const [memory, time, ...rest] = readFileSync(path('told'), 'utf8').split('\n')
  expect([memory, time]).toEqual([String(1024 * 1024), '30'])
  const told = rest.join('\n')
  expect(told).not.toContain('a-secret')
  expect(told).toContain('-protocol_whitelist file ')
})
