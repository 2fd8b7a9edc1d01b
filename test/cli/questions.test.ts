import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { completeDraft, type Questions } from '../../src/cli/run/channel-questions.ts'
import { needsBaseUrl, optionsOf } from '../../src/cli/run/channel-settings.ts'
import { vendors } from '../../src/vendors/index.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const server = forAllTests(startTestServer)
const folder = forAllTests(() => makeFolder('questions'))
let keyFile: string
beforeAll(() => {
  keyFile = join(folder.path, 'account.json')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const account = { client_email: 'a@b.example', private_key, private_key_id: 'k', project_id: 'p' }
  writeFileSync(keyFile, JSON.stringify({ type: 'service_account', ...account }))
})

/** Somebody who answers what is needed and leaves out what may be, and remembers what was asked. */
function person(answers: Record<string, string> = {}) {
  const asked: string[] = []
  const answer = (message: string, required: boolean) => {
    asked.push(message)
    const given = Object.entries(answers).find(([part]) => message.includes(part))
    if (given) return given[1]
    if (!required) return ''
    if (message.startsWith('Base URL')) return 'https://mine.example.com'
    return message.startsWith('File') ? keyFile : 'something'
  }
  const questions: Questions = {
    text: async ({ message, required, check }) => {
      const text = answer(message, required)
      expect(check?.(text)).toBeUndefined()
      return text
    },
    secret: async ({ message, required }) => answer(message, required),
    choose: async ({ message, choices }) => {
      asked.push(message)
      return choices[0]!.value
    },
    chooseSome: async ({ message, choices }) => {
      asked.push(message)
      return choices.slice(0, 1)
    }
  }
  return { questions, asked }
}

// of several kinds of credential each field is optional; somebody has one of the kinds
const workflows = JSON.stringify({ m: { 1: { class_type: 'SaveVideo', inputs: { text: '{{prompt}}' } } } })
const kinds: Record<string, Record<string, string>> = {
  kling: { 'API key': 'k' },
  comfyui: { 'workflows: ': workflows }
}

describe('channels add in a terminal', () => {
  test.each(Object.keys(vendors))('asks for exactly what %s needs, and the channel can be made of it', async id => {
    const vendor = vendors[id]!
    const { questions, asked } = person(kinds[id])
    const draft = await completeDraft({ vendor, options: {}, models: {} }, questions)

    const fields =
      vendor.credential.fields.length > 3 ? ['File with'] : vendor.credential.fields.map(({ label }) => label)
    const options = optionsOf(vendor)
      .filter(({ general }) => !general)
      .map(({ name }) => `${name}: `)
    const region = (vendor.regions?.length ?? 0) > 1 ? ['Region of your account'] : []
    const expected = ['Name', ...region, ...(needsBaseUrl(vendor) ? ['Base URL'] : []), ...fields, ...options]
    expect(asked).toEqual([...expected.map(start => expect.stringContaining(start)), expect.stringMatching(/[Mm]odel/)])

    const { vendor: _, ...settings } = draft
    const made = await server.call('POST', '/admin/channels', { ...settings, vendor: id })
    expect(made.body).toMatchObject({ object: 'channel', name: id, vendor: id })
  })

  test('does not ask again for what the flags gave', async () => {
    const { questions, asked } = person()
    const given = {
      vendor: vendors.cloudsway!,
      name: 'kl',
      credential: 'k',
      options: { endpoint_path: 'EP' },
      models: { a: 'kling-v1' }
    }
    expect(await completeDraft(given, questions)).toEqual({ ...given, base_url: undefined })
    expect(asked).toEqual([])
  })
})
