import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { describe, expect, test } from 'vitest'
import { main, reelay } from '../cli/run.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'

/* `reelay mcp` as the official client starts it: the tools of /mcp, on the user's computer. */

describe.each(['legacy', 'auto'] as const)('MCP over stdio, %s', mode => {
  const folder = forAllTests(() => makeFolder('mcp'))
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))
  const client = forAllTests(async () => {
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ unit: 'video', amount: '0.50', currency: 'USD' }]
    })
    const budget = { amount: '1.20', currency: 'USD', window: 'total' }
    const made = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
    const env = { PATH: process.env.PATH ?? '', REELAY_URL: server.url, REELAY_KEY: await server.memberKey({ budget }) }
    await made.connect(new StdioClientTransport({ command: process.execPath, args: [main, 'mcp'], env }))
    return made
  })
  const call = async (name: string, given: object) => {
    const { content, structuredContent, isError } = await client.callTool({ name, arguments: { ...given } })
    const text = content.map(part => (part.type === 'text' ? part.text : '')).join('')
    return { text, isError, value: structuredContent as any } // what the tool says is the test
  }

  test('the same tools, with prices, and with files of this computer', async () => {
    const { tools } = await client.listTools()
    expect(tools).toHaveLength(7)
    expect(tools[0]?.description).toContain('kling-v1: 0.50 USD per video')
    expect(tools[0]?.inputSchema.properties).toHaveProperty('image_path')
  })

  test('a video of a file, once under its idempotency_key; then it is waited for, listed, estimated', async () => {
    const image = join(folder.path, 'first.png')
    writeFileSync(image, pixel)
    const asked = { prompt: 'it moves', image_path: image, wait: false, idempotency_key: 'once' }
    const [made, again] = [await call('image_to_video', asked), await call('image_to_video', asked)]
    expect(made).toMatchObject({ isError: undefined, value: { price: { amount: '0.50' } } })
    expect(again.value.id).toBe(made.value.id)
    expect(vendor.submits).toMatchObject([{ body: { image: pixel.toString('base64') } }])
    await server.finished(made.value.id)
    expect((await call('get_video', { id: made.value.id })).value).toMatchObject({ status: 'completed' })
    expect((await call('list_videos', {})).value).toMatchObject({ videos: [{ id: made.value.id }] })
    expect((await call('estimate_video', {})).value).toMatchObject({ price: { amount: '0.50' }, covered: true })
  })

  test('what the gateway refuses is a plain text', async () => {
    expect((await call('generate_video', { prompt: 'a', wait: false })).isError).toBeUndefined()
    expect(await call('generate_video', { prompt: 'a', wait: false })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/insufficient_quota/)
    })
    const none = await call('image_to_video', { prompt: 'a', image_path: '/nowhere.png' })
    expect(none.text).toBe('/nowhere.png cannot be read. (invalid_request)')
    expect((await call('cancel_video', { id: 'video_none' })).text).toMatch(/video_not_found/)
  })
})

test('without a server to talk to it says what to set', async () => {
  expect(await reelay(['mcp'], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('REELAY_URL') })
})

test('a server that is gone: whether the video is being made is not known, and how to find out', async () => {
  const made = new Client({ name: 'test', version: '1' })
  const env = { PATH: process.env.PATH ?? '', REELAY_URL: 'http://127.0.0.1:9', REELAY_KEY: 'sk-x' }
  await made.connect(
    new StdioClientTransport({ command: process.execPath, args: [main, 'mcp'], env, stderr: 'ignore' })
  )
  const { content } = await made.callTool({
    name: 'generate_video',
    arguments: { prompt: 'a', idempotency_key: 'mine' }
  })
  expect(content).toMatchObject([
    { text: expect.stringMatching(/not known. Repeat the call with idempotency_key "mine"/) }
  ])
  await made.close()
})
