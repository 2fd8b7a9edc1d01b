import type { CDPSession, Page } from 'playwright-core'
import type { Answers, Asked, Given } from './answers.ts'

const isOfApi = ({ pathname }: URL) => /^\/(?:console\/api|admin|v1)(\/|$)/.test(pathname)

/** Answers from a table what a page asks of the API. Playwright's `route` would stop every file of the console as well: half of a page's time. */
export async function standIn(page: Page, table: Answers) {
  const devtools = await page.context().newCDPSession(page)
  // the page may have closed, or given the request up
  const tolerate = () => {}

  devtools.on('Fetch.requestPaused', ({ requestId, request, resourceType }) => {
    const url = new URL(request.url)
    const posted = (request.postDataEntries ?? []).map(({ bytes = '' }) => Buffer.from(bytes, 'base64'))
    const found = isOfApi(url) ? table[`${request.method} ${url.pathname}`] : null
    const asked: Asked = {
      url: () => request.url,
      headers: () =>
        Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
      resourceType: () => resourceType.toLowerCase(),
      postDataJSON: () => JSON.parse(Buffer.concat(posted).toString())
    }
    const given = typeof found === 'function' ? found(asked) : found
    send(
      devtools,
      { requestId, range: asked.headers().range },
      given === undefined ? missing(url.pathname) : given
    ).catch(tolerate)
  })
  await devtools.send('Fetch.enable', {
    patterns: ['/console/api/*', '/admin/*', '/v1/*'].map(path => ({ urlPattern: `*${path}` }))
  })
}

const missing = (path: string): Given => ({
  status: 404,
  body: { error: { message: `no fixture for ${path}`, code: 'not_found', param: null } }
})

interface Paused {
  requestId: string
  range: string | undefined
}

function send(devtools: CDPSession, { requestId, range }: Paused, given: Given | null): Promise<unknown> {
  if (given === null) return devtools.send('Fetch.continueRequest', { requestId })
  if (given === 'offline') return devtools.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionRefused' })
  const { type, body } = written(given)
  // without ranges a browser cannot seek in a film
  const from = given.raw && range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? Number.NaN) : Number.NaN
  const isPart = from < body.length
  return devtools.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: isPart ? 206 : (given.status ?? 200),
    responseHeaders: [
      { name: 'content-type', value: type },
      { name: 'x-request-id', value: 'req_fixture' },
      ...(isPart ? [{ name: 'content-range', value: `bytes ${from}-${body.length - 1}/${body.length}` }] : [])
    ],
    body: body.subarray(isPart ? from : 0).toString('base64')
  })
}

function written({ body, events, raw }: Exclude<Given, 'offline'>) {
  if (raw) return { type: raw.type, body: Buffer.from(raw.body) }
  if (events !== undefined) return { type: 'text/event-stream', body: Buffer.from(events) }
  return { type: 'application/json', body: Buffer.from(JSON.stringify(body)) }
}
