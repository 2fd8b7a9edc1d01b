import { describe, expect, onTestFinished, test } from 'vitest'
import { createDownload } from '../../src/upstream/download.ts'
import { createPost } from '../../src/upstream/post.ts'
import { createSend } from '../../src/upstream/send.ts'
import { guardAllowing, serveHttp, serveSockets } from './servers.ts'

/* Whoever is asked, by whichever of the three: an answer that neither begins nor ends is not read for as long as it comes. */

const guard = guardAllowing()

function closing<Made extends { close(): Promise<void> }>(made: Made): Made {
  onTestFinished(() => made.close())
  return made
}

const senders: Record<string, (origin: string) => Promise<unknown>> = {
  'a webhook': origin => closing(createPost({ guard })).post(origin, { headers: {}, body: '{}' }),
  'a submit': origin =>
    closing(createSend({ guard })).submit({ method: 'POST', path: '/', body: { json: {} } }, { baseUrl: origin }),
  'a poll': origin => closing(createSend({ guard })).ask({ method: 'GET', path: '/' }, { baseUrl: origin }),
  'a download': origin => closing(createDownload({ guard })).open({ url: origin }),
  'an image': origin => closing(createDownload({ guard })).small(origin)
}

const junk: Record<string, [first: string, again: string]> = {
  'a status line': ['HTTP/1.1 200 ', 'no'],
  'answers before the answer': ['', 'HTTP/1.1 102 Processing\r\n\r\n']
}

describe.each(Object.keys(junk))('%s without end', what => {
  test.each(Object.keys(senders))('is cut off, to %s', async who => {
    const [first, again] = junk[what]!
    const closed = Promise.withResolvers<void>()
    let written = 0
    const { origin } = await serveSockets(socket => {
      const chunk = Buffer.from(again.repeat(1000))
      const more = () => void socket.write(chunk, error => error ?? ((written += chunk.length), setImmediate(more)))
      socket.once('data', () => void socket.write(first, more))
      socket.on('close', () => closed.resolve())
    })
    await expect(senders[who]!(origin)).rejects.toMatchObject({ problem: 'too_large', sent: true })
    await closed.promise
    // what the kernels' buffers take is written too
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })
})

test('an answer that has begun may be as long as it likes, on a connection that is used again too', async () => {
  const size = 8 * 1024 * 1024
  const { origin, seen } = await serveHttp((_, response) => void response.end(Buffer.alloc(size)))
  const download = closing(createDownload({ guard }))
  for (let n = 0; n < 5; n++) {
    const opened = await download.open({ url: origin })
    if (!opened.ok) throw new Error('no file')
    let read = 0
    for await (const chunk of opened.body) read += (chunk as Buffer).length
    expect(read).toBe(size)
  }
  expect(seen.connections).toBeLessThan(5)
})
