import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { field, sendRaw, type Part } from '../support/wire.ts'
import { bytesOf, expectError, form, json } from './requests.ts'

/*
 * Requests of real programs that others' gateways and this one got wrong: test/http/cases has each with what happened (`today`) and what is
 * right. Here stands what must come of each of its requests: what the vendor is sent, or the error.
 */

interface CaseFile {
  what: string
  right: string
  requests: {
    path: string
    json?: unknown
    multipart?: [name: string, value: string | UploadedFile][]
  }[]
}

interface UploadedFile {
  filename: string | null
  type: string
  base64: string
}

interface Wanted {
  /** what the vendor is sent; undefined: a field that it must not be sent */
  sent?: Record<string, unknown>
  /** fields that are named in the warnings */
  warnings?: string[]
  error?: [status: number, code: string, param?: string]
  status?: number
  /** how many submits the vendor gets; default 1 */
  submits?: number
}

const url = (name: string) => `https://img.example.com/${name}`
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const sent = (fields: Record<string, unknown>, warnings: string[] = []): Wanted => ({ sent: fields, warnings })
const refused = (param: string, code = 'invalid_request'): Wanted => ({ error: [400, code, param] })
const silent = sent({ image: undefined })

const wanted: Record<string, Wanted[]> = {
  'b64-json': [silent],
  'data-urls': [sent({ image: png }), sent({ image: png }), sent({ image: png })],
  'empty-texts-in-json': [silent, silent, silent, silent, silent],
  'file-part-without-filename': [sent({ image: png })],
  'heif-brands': [
    sent({ image: expect.stringMatching(/^AAAAFGZ0eXBoZXZj/) }),
    sent({ image: expect.stringMatching(/^AAAAFGZ0eXBoZWlz/) }),
    sent({ image: expect.stringMatching(/^AAAAFGZ0eXBhdmlm/) }),
    sent({ image: expect.stringMatching(/^SUkqAA/) })
  ],
  'input-reference-object': [
    sent({ image: url('a.png') }),
    sent({ image: png }),
    sent({ image: png }),
    sent({ image: url('a.png') })
  ],
  'line-breaks-in-base64': [sent({ image: png }), sent({ image: png })],
  'metadata-of-odd-type': [
    sent({ image: url('a.png') }),
    sent({ image: url('a.png') }),
    refused('metadata.duration'),
    sent({ negative_prompt: 'blur' }),
    sent({ mode: 'pro' }),
    sent({ image: url('a.png'), image_tail: url('b.png') })
  ],
  'metadata-overrides': [
    sent({ prompt: 'a paper boat' }, ['metadata.prompt']),
    // five seconds are given on top; Kling makes one video, so four tasks are made; a portrait
    { ...sent({ duration: '5', aspect_ratio: '9:16', n: undefined }, ['metadata.seconds']), submits: 4 }
  ],
  'one-file-or-indexed-in-images': [
    sent({ image: png, image_tail: undefined }),
    sent({ image: png, image_tail: png }),
    sent({ image: png, image_tail: undefined })
  ],
  'picture-under-other-names': [
    sent({ image: url('a.png') }),
    sent({ image: url('a.png') }),
    // Kling has no reference images
    refused('reference_image'),
    sent({ image: url('a.png'), image_tail: url('b.png') }),
    refused('input_references'),
    sent({ image: png, image_tail: png })
  ],
  prompt: [refused('prompt'), refused('prompt')],
  'repeated-form-names': [sent({ image: png, image_tail: png }), sent({ image: png, image_tail: png })],
  'shape-and-price-fields-on-top': [
    sent({ aspect_ratio: '9:16' }),
    sent({ mode: 'pro' }),
    refused('generate_audio'),
    refused('num_frames')
  ],
  'unfilled-form-fields': [silent, silent, silent, silent],
  'urls-as-people-paste-them': [sent({ image: url('my%20picture.png') }), sent({ image: url('a.png') })]
}

const folder = new URL('cases/', import.meta.url)
const files = readdirSync(folder).map(name => ({
  name: name.replace(/\.json$/, ''),
  ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as CaseFile)
}))

let vendor: FakeCloudsway
let server: TestServer
let key: string

beforeAll(async () => {
  vendor = await startFakeCloudsway()
  server = await startTestServer()
  await server.call('POST', '/admin/channels', vendor.channel())
  key = await server.memberKey()
})
afterAll(async () => {
  await server.close()
  await vendor.close()
})

test('every case says what must come of its requests', () => {
  expect(files.map(({ name, requests }) => [name, requests.length])).toEqual(
    Object.entries(wanted)
      .map(([name, list]) => [name, list.length])
      .sort(([a], [b]) => (a! < b! ? -1 : 1))
  )
})

describe.each(files)('$name: $what', ({ name, right, requests }) => {
  test.each(requests.map((request, index) => [index, request] as const))(`%i ${right}`, async (index, request) => {
    const { status = 200, sent: fields, warnings, error, submits = 1 } = wanted[name]![index]!
    const before = vendor.submits.length
    const answer = await sendRaw(server.url, bytes(request))
    if (error) {
      expectError(answer, error)
      expect(vendor.submits).toHaveLength(before)
      return
    }
    expect([answer.status, answer.body?.error ?? null]).toEqual([status, null])
    if (warnings)
      expect((answer.body.metadata.warnings ?? []).map((one: { field: string }) => one.field)).toEqual(warnings)
    if (!fields) return
    await expect.poll(() => vendor.submits.length - before).toBe(submits)
    const { body } = vendor.submits.at(-1)!
    for (const [field, value] of Object.entries(fields)) expect({ [field]: body[field] }).toEqual({ [field]: value })
  })
})

function bytes({ path, json: body, multipart: parts }: CaseFile['requests'][number]) {
  return bytesOf(parts ? form(parts.map(partOf), path) : json(body, path), key)
}

function partOf([name, value]: [string, string | UploadedFile]): Part {
  if (typeof value === 'string') return field(name, value)
  const filename = value.filename === null ? '' : `; filename="${value.filename}"`
  return {
    headers: [`Content-Disposition: form-data; name="${name}"${filename}`, `Content-Type: ${value.type}`],
    value: Buffer.from(value.base64, 'base64')
  }
}
