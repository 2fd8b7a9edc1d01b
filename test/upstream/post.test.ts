import { expect, onTestFinished, test } from 'vitest'
import { createPost } from '../../src/upstream/post.ts'
import { guardAllowing, serveHttp } from './servers.ts'

function createPoster(totalMs?: number) {
  const poster = createPost({ guard: guardAllowing(), ...(totalMs && { totalMs }) })
  onTestFinished(() => poster.close())
  return poster
}

const signed = { headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1' }, body: '{"a": "é"}' }

test('the text arrives as it was signed, the answer comes back as text', async () => {
  let received = ''
  const { origin } = await serveHttp((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()))
    request.on('end', () =>
      response.writeHead(202, { 'retry-after': '3' }).end(`thanks ${String(request.headers['webhook-id'])}`)
    )
  })
  expect(await createPoster().post(`${origin}/hook`, signed)).toMatchObject({
    status: 202,
    headers: { 'retry-after': '3' },
    text: 'thanks evt_1'
  })
  expect(received).toBe('{"a": "é"}')
})

test('of a long answer the first 4 KiB are kept, and the rest is not read', async () => {
  const closed = Promise.withResolvers<void>()
  const { origin } = await serveHttp((_, response) => {
    const more = () => void response.write('x'.repeat(65_536), error => error ?? more())
    more()
    response.on('close', () => closed.resolve())
  })
  const { status, text } = await createPoster().post(origin, signed)
  expect({ status, text }).toEqual({ status: 200, text: 'x'.repeat(4096) })
  await closed.promise
})

test('a receiver that drips is given up in time', async () => {
  const { origin } = await serveHttp((_, response) => {
    const drip = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(drip))
  })
  await expect(createPoster(400).post(origin, signed)).rejects.toMatchObject({ problem: 'timeout', sent: true })
})

test('a redirect is an answer', async () => {
  let requests = 0
  const { origin } = await serveHttp((_, response) => {
    requests++
    response.writeHead(307, { location: '/x' }).end()
  })
  expect((await createPoster().post(origin, signed)).status).toBe(307)
  expect(requests).toBe(1)
})

test('an address inside is refused', async () => {
  await expect(createPoster().post('https://10.0.0.1/hook', signed)).rejects.toMatchObject({
    problem: 'address_refused'
  })
})
