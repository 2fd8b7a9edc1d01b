import { describe, expect, it } from 'vitest'
import { openSandbox } from './client.ts'
import { readMp4 } from './read-mp4.ts'

async function fileOf(body: object, capability?: string) {
  const { make } = await openSandbox()
  return readMp4(Buffer.from(await (await fetch(await make(body, capability))).arrayBuffer()))
}

describe('a finished file', () => {
  it.each([
    ['16:9', '5', 854, 480],
    ['9:16', '3', 480, 854],
    ['1:1', 1, 640, 640]
  ])('is %s of %s s, as asked', async (aspect_ratio, duration, width, height) => {
    expect(await fileOf({ aspect_ratio, duration })).toMatchObject({ seconds: Number(duration), width, height })
  })

  it('is 16:9 of 5 s unless asked', async () => {
    expect(await fileOf({})).toMatchObject({ seconds: 5, width: 854, height: 480 })
  })

  it.each([
    ['a PNG of 600x1000', png(600, 1000), 480],
    ['a JPEG of 500x500 behind its EXIF', jpeg(500, 500), 640],
    ['a data URL', `data:image/png;base64,${png(900, 1600)}`, 480],
    ['an image by URL, which it does not fetch', 'https://example.com/a.png', 854],
    ['no image at all', 'aGVsbG8=', 854]
  ])('has the shape of its image: %s', async (_, image, width) => {
    expect(await fileOf({ image }, 'image2video')).toMatchObject({ width })
  })

  it('has the shape that is asked for, also with an image', async () => {
    expect(await fileOf({ image: png(600, 1000), aspect_ratio: '1:1' }, 'image2video')).toMatchObject({ width: 640 })
  })

  it('is served without authorization, with its length and an etag', async () => {
    const { make } = await openSandbox()
    const response = await fetch(await make({}))
    const body = await response.arrayBuffer()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(body.byteLength),
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[\w-]{22}"$/)
    })
  })

  it('answers HEAD with the same headers and no body', async () => {
    const { make } = await openSandbox()
    const url = await make({})
    const [get, head] = [await fetch(url), await fetch(url, { method: 'HEAD' })]
    for (const name of ['content-length', 'content-type', 'accept-ranges', 'etag'])
      expect(head.headers.get(name)).toBe(get.headers.get(name))
    expect(head.headers.get('content-length')).not.toBe('0')
    expect(await head.text()).toBe('')
  })

  it('is 404 with another token, another id, and before it is done', async () => {
    const { make, submit, poll, clock } = await openSandbox()
    const url = await make({})
    const id = (await submit({ external_task_id: 'att_1' })).data!.task_id
    expect((await fetch(url.replace(/[\w-]{4}\.mp4/, '....mp4'))).status).toBe(404)
    expect((await fetch(url.replace(/files\/\d+/, `files/${id}`))).status).toBe(404)
    clock.now += 3000
    const later = (await poll(id)).data!.task_result!.videos[0]!.url
    clock.now -= 1
    expect((await fetch(later)).status).toBe(404)
  })
})

describe('Range', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=100-', 100, undefined],
    ['bytes=-10', -10, undefined],
    ['bytes=-9999999', 0, undefined],
    ['bytes=5-9999999', 5, undefined]
  ])('%s is 206 with these bytes', async (range, from, to) => {
    const { make } = await openSandbox()
    const url = await make({ duration: 1 })
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer())
    const wanted = whole.subarray(from, to)
    const start = from < 0 ? whole.length + from : from
    const part = await fetch(url, { headers: { range } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${start}-${start + wanted.length - 1}/${whole.length}`)
    expect(part.headers.get('content-length')).toBe(String(wanted.length))
    expect(Buffer.from(await part.arrayBuffer()).equals(wanted)).toBe(true)
  })

  it.each(['bytes=9999999-', 'bytes=9999999-99999999', 'bytes=-0'])('%s is 416', async range => {
    const { make } = await openSandbox()
    const response = await fetch(await make({ duration: 1 }), { headers: { range } })
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toMatch(/^bytes \*\/\d+$/)
  })

  it.each(['bytes=5-2', 'bytes=0-1,5-6', 'pages=1-2', 'bytes=-'])('%s is the whole file', async range => {
    const { make } = await openSandbox()
    expect((await fetch(await make({ duration: 1 }), { headers: { range } })).status).toBe(200)
  })

  it('goes on only with the same file', async () => {
    const { make } = await openSandbox()
    const url = await make({ duration: 1 })
    const etag = (await fetch(url)).headers.get('etag')!
    const range = 'bytes=10-'
    expect((await fetch(url, { headers: { range, 'if-range': etag } })).status).toBe(206)
    expect((await fetch(url, { headers: { range, 'if-range': '"other"' } })).status).toBe(200)
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })
})

function png(width: number, height: number): string {
  const head = Buffer.alloc(33)
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(head)
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return head.toString('base64')
}

function jpeg(width: number, height: number): string {
  const exif = Buffer.alloc(40_000)
  exif.writeUInt16BE(0xffe1, 0)
  exif.writeUInt16BE(exif.length - 2, 2)
  const frame = Buffer.from('ffc20011080000000003012200021101031101', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from('ffd8', 'hex'), exif, frame]).toString('base64')
}
