import { describe, expect, test } from 'vitest'
import type { FailureKind } from '../../src/vendors/vendor.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { file, startVectorVendor, type VectorVendor } from '../support/vector-vendor.ts'
import { isFilm, loadVectors, type Step, type Vector } from '../support/vectors.ts'

/* Every adapter, the whole way: a channel made by the admin API, a create, polls by the worker, and the file through /content. */

const server = forAllTests(startTestServer)
let models = 0

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const whole = cases.filter(isWhole)
  const ending = (status: string) => whole.filter(vector => lastOf(vector).expect.status === status)

  test.each(named(ending('completed').filter(isReachable)))(
    `${vendorId}: a video is made, followed and handed out (%s)`,
    async (_name, vector) => {
      await withVendor(vendorId, vector, async (vendor, create) => {
        const video = await server.finished(await accepted(vendor, create))
        expect(video, explained(video, vendor)).toMatchObject({ status: 'completed', error: null, progress: 100 })
        const response = await server.content(video.id)
        expect(response.status, await explainedText(response, vendor)).toBe(200)
        const inline = lastOf(vector).expect.video?.data
        const isInside = typeof inline === 'string' || isFilm(lastOf(vector))
        const bytes = typeof inline === 'string' ? Buffer.from(inline, 'base64') : file
        expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
        expect(vendor.downloads()).toBe(isInside ? 0 : 1)
        expect(vendor.left()).toEqual([])
      })
    }
  )

  test.each(named([...ending('queued'), ...ending('in_progress')].filter(hasFiles)))(
    `${vendorId}: files reach the vendor as it wants them (%s)`,
    async (_name, vector) => {
      await withVendor(vendorId, vector, async (vendor, create) => {
        const id = await accepted(vendor, create)
        expect(vendor.left()).toEqual([])
        expect(vendor.problems).toEqual([])
        // what the vendor is asked now is not in the case any more
        await server.call('DELETE', `/v1/videos/${id}`)
        vendor.problems.length = 0
      })
    }
  )

  test.each(named(oneOfEach(ending('rejected'))))(
    `${vendorId}: the vendor's rejection is the answer to POST (%s)`,
    async (_name, vector) => {
      const { kind, outcomeUnknown, code } = meaningOf(vector)
      await withVendor(vendorId, vector, async (vendor, create) => {
        const made = await create()
        if (outcomeUnknown || waits.has(kind)) {
          // the task lives on: to be looked up, or to be tried again
          expect(made, explained(made, vendor)).toMatchObject({ status: 200, body: { status: 'processing' } })
          await server.call('DELETE', `/v1/videos/${made.body.id}`)
          return
        }
        expect(made, explained(made, vendor)).toMatchObject({
          status: code === 'upstream_error' ? 502 : 400,
          body: { error: { code } }
        })
        // what concerns the operator's account is not for the client
        if (code === 'upstream_error') expect(made.body.error.message).toContain('The request itself is valid')
      })
    }
  )

  test.each(named(oneOfEach(ending('failed').concat(ending('cancelled')))))(
    `${vendorId}: a generation that fails ends the task (%s)`,
    async (_name, vector) => {
      await withVendor(vendorId, vector, async (vendor, create) => {
        const video = await server.finished(await accepted(vendor, create))
        expect(video, explained(video, vendor)).toMatchObject({
          status: 'failed',
          url: null,
          error: { code: failedCodes[meaningOf(vector).kind] ?? 'generation_failed' }
        })
        expect(vendor.left()).toEqual([])
      })
    }
  )
})

describe('images that the gateway fetches for the vendor', () => {
  const { cases } = loadVectors().find(({ vendorId }) => vendorId === 'gemini')!
  const vector = cases.find(({ name }) => name === 'omni-i2v-url-is-downloaded-by-gateway')!
  const large = Buffer.alloc(20 * 1024 * 1024 + 1)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(large)

  test.each([
    ['is not an image', { status: 200, body: '<html></html>' }, 'image: its URL does not return an image.'],
    ['does not exist', { status: 404, body: 'gone' }, 'image: its URL could not be fetched.'],
    ['is larger than 20 MB', { status: 200, body: large }, 'image: its URL returns more than 20 MB.']
  ])('400 names the image when the file at its URL %s, and the channel is not blamed', async (_name, served, words) => {
    await withVendor('gemini', vector, async (vendor, create, channelId) => {
      vendor.serveImages(served)
      expect(await create()).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid_request', param: 'image', message: expect.stringContaining(words) } }
      })
      expect(vendor.left()).toEqual(['submit'])
      const channel = await server.call('GET', `/admin/channels/${channelId}`)
      expect(channel.body.health).toMatchObject({ state: 'ok' })
    })
  })
})

type Created = Awaited<ReturnType<TestServer['call']>>

/** Runs with a fake vendor and a channel of its own; what the fake found wrong fails the test. */
async function withVendor(
  vendorId: string,
  vector: Vector,
  run: (vendor: VectorVendor, create: () => Promise<Created>, channelId: string) => Promise<void>
) {
  const vendor = await startVectorVendor(vendorId, vector)
  const { request } = vector
  const model = `${vendorId}-${vector.name}-${++models}`
  const upstream = upstreamModel(vector)
  const { req_key: other } = (request?.metadata ?? {}) as Record<string, unknown>
  const { baseUrl, credential, options } = vendor.channel
  try {
    const channelId = await server.newChannel({
      name: `${model} at ${baseUrl}`,
      vendor: vendorId,
      base_url: baseUrl,
      credential,
      options,
      models: { [model]: upstream, ...(typeof other === 'string' && { [`${model} other`]: other }) }
    })
    const create = () => server.call('POST', '/v1/video/generations', { ...withFetchable(vector, vendor), model })
    await run(vendor, create, channelId)
    expect(vendor.problems).toEqual([])
    await server.call('DELETE', `/admin/channels/${channelId}`)
  } finally {
    await vendor.close()
  }
}

/** Asks for the video, and gives its id: the vendor takes it. */
async function accepted(vendor: VectorVendor, create: () => Promise<Created>): Promise<string> {
  const made = await create()
  // a video that is the answer to the submit may be there already
  const status = expect.stringMatching(/^(processing|succeeded|completed)$/)
  expect(made, explained(made, vendor)).toMatchObject({ status: 200, body: { status, error: null } })
  return made.body.id
}

function upstreamModel({ request, channel: { options } }: Vector): string {
  const map = (options?.modelMap ?? {}) as Record<string, string>
  return map[request!.model] ?? request!.model
}

/** The case's request; images that the gateway has to fetch are at the fake's. */
function withFetchable({ request, channel: { options } }: Vector, { outward }: VectorVendor): object {
  const fetched = Object.keys((options?.fetched ?? {}) as object)
  const text = fetched.reduce((all, url) => all.replaceAll(`"${url}"`, `"${outward(url)}"`), JSON.stringify(request))
  return JSON.parse(text) as object
}

const lastOf = ({ steps }: Pick<Vector, 'steps'>): Step => steps.at(-1)!

/** From a create to an end; the API wants a prompt. */
function isWhole({ request, steps, source }: Vector): boolean {
  const [first] = steps.filter(({ optional, do: verb }) => !optional && verb !== 'token')
  const side = steps.some(({ do: verb, optional }) => !optional && ['cancel', 'lookup', 'callback'].includes(verb))
  // a source has to be made first: reworks.test.ts
  return (
    source === undefined &&
    request !== null &&
    request.prompt !== '' &&
    (first?.do === 'submit' || first?.do === 'upload') &&
    !side
  )
}

/** Not so an object in Google's storage (its address is the adapter's own, not one of an answer), and a link without a scheme. */
function isReachable(vector: Vector): boolean {
  const { reply, expect: expected } = lastOf(vector)
  const inStorage = String(expected.video?.url).startsWith('https://storage.googleapis.com/storage/')
  return !inStorage && !JSON.stringify(reply.body ?? '').includes('"//')
}

/** Images are fetched by the gateway, uploaded first, or part of a form. */
function hasFiles({ steps, channel: { options } }: Vector): boolean {
  const uploads = steps.some(({ do: verb, send }) => verb === 'upload' || send.form !== undefined)
  return lastOf({ steps }).do === 'submit' && (uploads || options?.fetched !== undefined)
}

function oneOfEach(vectors: readonly Vector[]): Vector[] {
  const kinds = new Map(vectors.map(vector => [JSON.stringify(meaningOf(vector)), vector]))
  return [...kinds.values()]
}

const named = (vectors: readonly Vector[]) => vectors.map(vector => [vector.name, vector] as const)

function meaningOf(vector: Vector) {
  const { reply, expect: expected } = lastOf(vector)
  const failure = expected.failure ?? { kind: expected.status }
  // true because a vector's kinds are the contract's
  const kind = failure.kind as FailureKind
  // a kind that no such status gives is the vendor's own word
  const isSaid = kind !== 'server' && kind !== 'unknown'
  const outcomeUnknown = failure.outcomeUnknown === true || (doubtful.has(reply.status) && !isSaid)
  return { kind, outcomeUnknown, code: refusedCodes[kind] ?? 'upstream_error' }
}

/** What the documents of this gateway say of a refused submit: the client's fault is a 400, everything else is ours. */
const refusedCodes: Partial<Record<FailureKind, string>> = {
  invalid_request: 'invalid_request',
  content_policy: 'content_policy_violation'
}
const waits = new Set<FailureKind>(['rate_limit', 'concurrency_limit'])
const doubtful = new Set([408, 500, 502, 504])

/** And of a failed generation. */
const failedCodes: Partial<Record<FailureKind, string>> = {
  content_policy: 'content_policy_violation',
  invalid_request: 'invalid_request',
  expired: 'expired',
  cancelled: 'cancelled'
}

function explained(said: unknown, vendor: VectorVendor): string {
  return [JSON.stringify(said), ...vendor.problems].join('\n')
}

async function explainedText(response: Response, vendor: VectorVendor): Promise<string> {
  return explained(response.ok ? '' : await response.clone().text(), vendor)
}
