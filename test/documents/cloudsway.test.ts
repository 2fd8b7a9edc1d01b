import { beforeAll, describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/server.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { answersIn, hasCurl, missingFrom, readCommand, readDocument, withCurl, withFetch } from './examples.ts'

// the published bodies of the two POSTs lack their closing brace and quote (cloudsway.md §3)
function commandsOf(text: string, endpoint: string) {
  const placed = text.replaceAll(/\/v1\/ai\/x+\//gi, `/v1/ai/${endpoint}/`)
  return {
    posts: [...placed.matchAll(/^curl --location[\s\S]*?"prompt":.*$/gm)].map(([command]) => `${command}}'`),
    gets: [...placed.matchAll(/^curl -X GET .*\\\n.*$/gm)].map(([command]) => command)
  }
}

describe.each([
  { by: 'curl', send: withCurl, skip: !hasCurl },
  { by: 'fetch', send: withFetch, skip: false }
])('the sandbox, asked by $by as the Cloudsway document says', ({ send, skip }) => {
  const sandbox = forAllTests(() => startSandbox({ now: () => Date.now() + ahead }))
  let text: string
  let ahead = 0

  beforeAll(() => {
    text = readDocument('cloudsway-maas-kl', { url: sandbox.url, key: sandbox.credential })
  })

  test.skipIf(skip).each([
    ['image2video', 0],
    ['text2video', 1]
  ])('%s: POST 200, GET 200 until succeed, with every documented field', async (capability, index) => {
    const { posts, gets } = commandsOf(text, sandbox.endpointPath)
    expect([posts, gets].map(list => list.map(command => /videos\/(\w+)/.exec(command)![1]))).toEqual([
      ['image2video', 'text2video'],
      ['image2video', 'text2video']
    ])
    const [submitted, queried] = answersIn(text)

    const made = await send(posts[index]!)
    expect(made).toMatchObject({ status: 200, body: { code: 0, data: { task_status: 'submitted' } } })
    expect(missingFrom(made.body, submitted)).toEqual([])

    const query = gets[index]!.replace('{id}', made.body.data.task_id)
    expect(query).toContain(`/kling/videos/${capability}/`)
    ahead += 1500
    expect(await send(query)).toMatchObject({ status: 200, body: { code: 0, data: { task_status: 'processing' } } })
    ahead += 1500
    const done = await send(query)
    expect(done).toMatchObject({ status: 200, body: { code: 0, data: { task_status: 'succeed' } } })
    expect(missingFrom(done.body, queried)).toEqual([])
    const file = await fetch(done.body.data.task_result.videos[0].url)
    expect(file.headers.get('content-type')).toBe('video/mp4')
  })

  test.skipIf(skip)('a query under the other capability finds nothing: 404 with code 1203', async () => {
    const { posts, gets } = commandsOf(text, sandbox.endpointPath)
    const { body } = await send(posts[0]!)
    expect(await send(gets[1]!.replace('{id}', body.data.task_id))).toMatchObject({ status: 404, body: { code: 1203 } })
  })
})

describe('the gateway, as a client of Cloudsway', () => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))

  test.each([
    ['image2video', 0],
    ['text2video', 1]
  ])(
    '%s: sends the documented body to the documented path, and asks there for the result',
    async (capability, index) => {
      const text = readDocument('cloudsway-maas-kl', { url: vendor.url, key: 'fake-credential-canary' })
      const documented = readCommand(commandsOf(text, 'EP').posts[index]!)
      const { model_name: model, ...fields } = JSON.parse(documented.body!)
      const { body } = await server.call('POST', '/v1/video/generations', { model, ...fields })

      const { body: sent, headers } = vendor.submits.at(-1)!
      // added are our own reference, the document's "Customer-defined task ID", and the length that is held for
      expect(sent).toEqual({
        ...JSON.parse(documented.body!),
        duration: '5',
        external_task_id: expect.stringMatching(/^att_\w+$/)
      })
      for (const [name, value] of documented.headers) expect(headers[name.toLowerCase()]).toBe(value)
      const [task] = [...vendor.tasks.values()].slice(-1)
      expect(vendor.url + task!.path).toBe(documented.url)

      expect(await server.finished(body.id)).toMatchObject({ status: 'completed', metadata: { duration: 5 } })
      // the fake knows a task only under the path it was submitted to
      expect(task).toMatchObject({ path: `/v1/ai/EP/kling/videos/${capability}`, polls: 2 })
    }
  )
})
