import { afterEach, describe, expect, test, vi } from 'vitest'
import { vendors } from '../../src/vendors/index.ts'
import type { ChannelConfig, ImageRole, Vendor, VideoRequest } from '../../src/vendors/vendor.ts'
import { readingsOf, requestsOf } from '../support/readings.ts'
import { channelOf, loadVectors, videoOf, vendorOf, type Vector } from '../support/vectors.ts'

/* What the contract of src/vendors/vendor.ts promises, held against every adapter. */

afterEach(() => vi.restoreAllMocks())

const roles: readonly ImageRole[] = ['first', 'last', 'reference']
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'

test('every vendor has vectors, and is called what its entry says', () => {
  expect(new Set(loadVectors().map(({ vendorId }) => vendorId))).toEqual(new Set(Object.keys(vendors)))
  for (const [id, vendor] of Object.entries(vendors)) expect(vendor.id).toBe(id)
})

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const vendor = vendorOf(vendorId)
  const channel = channelOf(
    vendor,
    cases.find(({ request, reject }) => request && !reject)!
  )

  test('the facts fit the functions', () => {
    const { facts } = vendor
    expect(facts.cancel !== 'none').toBe(vendor.cancel !== undefined)
    expect(vendor.cancel !== undefined).toBe(vendor.cancelled !== undefined)
    expect(facts.lookup !== 'none').toBe(vendor.lookup !== undefined)
    expect(vendor.lookup !== undefined).toBe(vendor.found !== undefined)
    expect(facts.callback !== 'none').toBe(vendor.callback !== undefined)
    expect(vendor.baseUrl).not.toMatch(/\/$/)
  })

  test('its regions are where it is, and one of them is the default', () => {
    const { regions, baseUrl, keysUrl, docsUrl } = vendor
    for (const url of [keysUrl, docsUrl, ...(regions ?? []).flatMap(region => [region.baseUrl, region.keysUrl])])
      if (url !== undefined) expect(URL.parse(url)?.protocol).toBe('https:')
    if (!regions) return
    expect(new Set(regions.map(({ id }) => id)).size).toBe(regions.length)
    expect(regions.map(region => region.baseUrl)).toContain(baseUrl)
  })

  test('a submit is the same whenever it is built', () => {
    for (const vector of cases.filter(isAsking)) {
      const built = [1, 2e12].map(time => {
        vi.spyOn(Date, 'now').mockReturnValue(time)
        vi.spyOn(Math, 'random').mockReturnValue(time / 3e12)
        return requestsOf(vendor, vector, videoOf(vector))
      })
      expect(built[0], vector.name).toEqual(built[1])
      expect(built[0], vector.name).not.toEqual([])
    }
  })

  test('a request is not changed by those who read it', () => {
    for (const vector of cases.filter(isAsking)) {
      const video = videoOf(vector)
      const before = structuredClone(video)
      requestsOf(vendor, vector, video)
      expect(video, vector.name).toEqual(before)
    }
  })

  test('a role that a model lacks is refused by name, before anything is sent', () => {
    for (const [model, { images }] of Object.entries(vendor.models))
      for (const role of roles.filter(one => images?.includes(one) === false))
        expect(refusal(vendor, channel, asked(model, [role])), `${model} ${role}`).toMatch(/^(images?|image_roles)$/)
  })

  test('a role that nobody knows, and a role given twice, are refused by name', () => {
    const model = videoOf(cases.find(({ request }) => request)!).model
    // true of what a client may write into metadata.image_roles
    for (const role of ['middle', '', 7, null] as unknown as ImageRole[])
      expect(refusal(vendor, channel, asked(model, [role]))).toMatch(/^(image|image_roles)$/)
    expect(refusal(vendor, channel, asked(model, ['first', 'first']))).toMatch(/^(images?|image_roles)$/)
  })

  test('what cannot be an image is refused before anything is sent', () => {
    const { model } = videoOf(cases.find(({ request, reject }) => request?.image !== undefined && !reject)!)
    const large = png + 'A'.repeat(28 * 1024 * 1024)
    for (const source of [
      '',
      'not an image!',
      'data:text/html;base64,PGh0bWw+',
      large,
      `data:image/png;base64,${large}`
    ])
      expect(
        refusal(vendor, channel, { ...asked(model, []), images: [{ source, role: 'first' }] }),
        `${model} ${source.slice(0, 40)}`
      ).toBe('image')
  })

  test('a retired model is served with a warning that names what came after it', () => {
    for (const [model, { retired, images, seconds }] of Object.entries(vendor.models)) {
      if (!retired) continue
      const length = seconds && ('min' in seconds ? seconds.min : seconds[0])
      const video = { ...asked(model, images?.slice(0, 1) ?? []), ...(length !== undefined && { seconds: length }) }
      const { seconds: _, ...unmeasured } = video
      const edit = { ...unmeasured, images: [], metadata: { video_url: 'https://example.com/cat.mp4' } }
      const tried = [video, { ...video, images: [] }, { ...unmeasured, images: [] }, edit].map(one =>
        vendor.submit(one, atHome(vendor, channel))
      )
      const draft = tried.find(submission => submission.kind === 'draft')
      expect(draft?.warnings, model).toContainEqual({
        field: 'model',
        reason: expect.stringContaining(retired.replacement)
      })
    }
  })

  test('what is stored of an accepted job is plain JSON without a credential', () => {
    for (const vector of cases) {
      const { credential } = channelOf(vendor, vector)
      const secrets = vendor.credential.fields.flatMap(({ name, secret }) => (secret ? [credential[name]] : []))
      for (const { verb, read, answer } of readingsOf(vendor, vector)) {
        if (verb !== 'submitted' && verb !== 'polled') continue
        // true because both may carry one
        const { operation } = read(answer) as { operation?: unknown }
        if (operation === undefined) continue
        const text = JSON.stringify(operation)
        expect(JSON.parse(text), vector.name).toEqual(operation)
        for (const secret of secrets) if (secret) expect(text, vector.name).not.toContain(secret)
      }
    }
  })

  test('nothing but the signature holds the credential', () => {
    for (const vector of cases.filter(isAsking)) {
      const { credential } = channelOf(vendor, vector)
      const secrets = vendor.credential.fields.flatMap(({ name, secret }) => (secret ? [credential[name]] : []))
      const text = JSON.stringify(requestsOf(vendor, vector, videoOf(vector)))
      for (const secret of secrets) if (secret) expect(text, vector.name).not.toContain(secret)
    }
  })
})

const asked = (model: string, wanted: readonly ImageRole[]): VideoRequest => ({
  model,
  prompt: 'A calico cat',
  images: wanted.map(role => ({ source: role === 'first' ? png : `https://assets.example.com/${role}.png`, role })),
  metadata: {}
})

/** At the vendor's own address: only there a model is known to be retired. */
const atHome = ({ baseUrl }: Vendor, channel: ChannelConfig): ChannelConfig => ({ ...channel, baseUrl })

function refusal(vendor: Vendor, channel: ChannelConfig, video: VideoRequest): string {
  const submission = vendor.submit(video, channel)
  return submission.kind === 'refuse' ? submission.param : `not refused: ${submission.kind}`
}

const isAsking = ({ request, reject, signature, steps }: Vector) =>
  request !== null && !reject && !signature && steps.some(({ do: verb }) => verb === 'submit')
