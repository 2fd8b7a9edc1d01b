import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { beforeAll, describe, expect, test } from 'vitest'
import { envExample, schema } from '../src/config.ts'
import { vendors, type Vendor } from '../src/vendors/index.ts'
import { readMp4 } from './sandbox/read-mp4.ts'
import { startFakeCloudsway } from './support/fake-cloudsway.ts'
import { makeFolder } from './support/folder.ts'
import { blocksIn, paste as pasteIn } from './support/paste.ts'
import { forAllTests } from './support/per-test.ts'
import { spawnServer } from './support/process.ts'

/*
 * The README tells the truth: its tables are made here from the code, its commands run. After a change of the configuration or the vendors:
 * UPDATE_README=1 vitest run --config test/vitest.config.ts test/readme.test.ts
 */

const root = join(import.meta.dirname, '..')
const path = join(root, 'README.md')

describe('README.md', () => {
  test.each([
    ['configuration', configurationTable],
    ['vendors', vendorTable]
  ])('its table of %s is what the code says', (name, table) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`)
    if (process.env.UPDATE_README)
      writeFileSync(
        path,
        readme().replace(between, (_, open: string, close: string) => open + table() + close)
      )
    expect(between.exec(readme())?.[0]).toBe(`<!-- ${name} -->\n${table()}<!-- /${name} -->`)
  })

  test('its links to headings and files lead somewhere', () => {
    const headings = Array.from(readme().matchAll(/^#+ (.+)$/gm), ([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-')
    )
    for (const [, target = ''] of readme().matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(headings).toContain(target.slice(1))
      else if (!target.startsWith('https://')) expect(() => readFileSync(join(root, target))).not.toThrow()
    }
  })

  test('its JavaScript passes the types of the SDK', { timeout: 60_000 }, async () => {
    const [{ code } = { code: '' }] = blocks('js run')
    const { path: place, close } = makeFolder('readme-types')
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
    writeFileSync(join(place, 'package.json'), '{"type":"module"}')
    writeFileSync(join(place, 'example.ts'), code)
    const options = '--noEmit --strict --skipLibCheck --target esnext --module nodenext --types node'.split(' ')
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = await promisify(execFile)(tsc, [...options, 'example.ts'], { cwd: place }).catch(
      (error: { stdout: string }) => error
    )
    close()
    expect(stdout).toBe('')
  })

  test('its Python names only what the SDK has', () => {
    const [{ code } = { code: '' }] = blocks('python')
    // openai-python, src/openai/resources/videos.py and _legacy_response.py
    const methods = ['create', 'create_and_poll', 'retrieve', 'download_content', 'list', 'delete']
    const keywords = ['prompt', 'input_reference', 'model', 'seconds', 'size', 'poll_interval_ms', 'extra_body']
    const called = [...code.matchAll(/client\.videos\.(\w+)\(([^)]*)\)/g)]
    expect(called.length).toBeGreaterThan(1)
    for (const [, method, given = ''] of called) {
      expect(methods).toContain(method)
      for (const [, keyword] of given.matchAll(/(\w+)=/g)) expect(keywords).toContain(keyword)
    }
    expect(code).toMatch(/download_content\(video\.id\)\.write_to_file\(/)
  })
})

test('.env.example is what the configuration says', () => {
  const example = join(root, '.env.example')
  if (process.env.UPDATE_README) writeFileSync(example, envExample())
  expect(readFileSync(example, 'utf8')).toBe(envExample())
})

describe('the commands in README.md', () => {
  const admin = 'sk-readme-admin-0123456789abcdefghij'
  const folder = forAllTests(() => makeFolder('readme'))
  const data = forAllTests(() => makeFolder('readme-data'))
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() =>
    spawnServer({ DATA_DIR: data.path, ADMIN_KEY: admin, OUTBOUND_ALLOW: '127.0.0.0/8' })
  )
  let member: string

  beforeAll(async () => {
    const response = await fetch(`${server.url}/admin/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'reader' })
    })
    member = ((await response.json()) as { key: string }).key
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  })

  const paste = (code: string, program?: string, file?: string) =>
    pasteIn(
      {
        folder: folder.path,
        url: server.url,
        vendorUrl: vendor.url,
        env: { REELAY_KEY: member, ADMIN_KEY: admin }
      },
      code,
      program,
      file
    )

  const shell = blocks('bash run')
  const making = shell.filter(({ code }) => code.includes('video.mp4'))
  const managing = shell.filter(({ code }) => !code.includes('video.mp4'))

  test('there are some of each kind', () => {
    expect([making.length, managing.length, blocks('js run').length]).toEqual([3, 5, 1])
  })

  test.concurrent.each(making)('a video by $title', { timeout: 60_000 }, async ({ code }) => {
    const { output, video } = await paste(code)
    expect(output).toMatch(/"status":"(succeeded|completed)"/)
    expectVideo(video())
  })

  test.concurrent('a video by the OpenAI SDK', { timeout: 60_000 }, async () => {
    const [{ code } = { code: '' }] = blocks('js run')
    const { video } = await paste(code, process.execPath, 'code.mjs')
    expectVideo(video())
  })

  test.each(blocks('json').filter(({ title }) => title === '## MCP'))('an MCP client: $code', async ({ code }) => {
    const text = code
      .replaceAll('http://127.0.0.1:3000', server.url)
      .replaceAll('sk-…', member)
      .replace('"node"', JSON.stringify(process.execPath))
      .replace('/path/to/reelay', root)
    const { reelay } = (JSON.parse(text) as McpConfig).mcpServers
    const transport =
      'url' in reelay
        ? new StreamableHTTPClientTransport(new URL(reelay.url), { requestInit: { headers: reelay.headers } })
        : new StdioClientTransport(reelay)
    const client = new Client({ name: 'readme', version: '1' })
    await client.connect(transport)
    const { tools } = await client.listTools()
    for (const { name } of tools) expect(readme()).toContain(`\`${name}\``)
    expect(tools).toHaveLength(7)
    await client.close()
  })

  test.each(managing)('as an administrator: $title', async ({ code }) => {
    const { output } = await paste(code)
    expect(output).not.toContain('"error"')
    if (code.includes('restore ')) expect(output).toMatch(/Restored the backup of/)
    if (code.includes('keys create')) {
      expect(output).toMatch(/saved panda\.mp4/)
      expect(output).toMatch(/^Han Meimei +kling-v1 +1 +5 +0 +0 +0\.50 USD$/m)
      expect(output).toMatch(/^video_\w+ +succeeded +100% +kling-v1 +Han Meimei /m)
      expect(output).toMatch(/^budget +50\.00 USD monthly$/m)
      expect(output).toMatch(/key\.update +Han Meimei +budget: /)
    }
    if (code.includes('/admin/keys')) expect(output).toMatch(/"key":"sk-\w+"/)
    if (code.includes('/test"')) expect(output).toContain('"object":"channel.test","ok":true')
  })
})

interface McpConfig {
  mcpServers: {
    reelay:
      | { url: string; headers: Record<string, string> }
      | { command: string; args: string[]; env: Record<string, string> }
  }
}

function readme(): string {
  return readFileSync(path, 'utf8')
}

const blocks = (info: string) => blocksIn(readme(), info)

function configurationTable(): string {
  const rows = Object.entries(schema.shape).map(([name, field]) => {
    const fallback: unknown = field.safeParse(undefined).data
    const shown = typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : ''
    return `| \`${name}\` | ${shown && `\`${shown}\``} | ${field.description} |\n`
  })
  return `| variable | default | |\n|---|---|---|\n${rows.join('')}`
}

const cancels = { any: 'yes', queued: 'while queued', none: 'no' } as const
const finds = { reference: 'by our id', list: "in the vendor's list", none: 'no' } as const

function vendorTable(): string {
  const rows = Object.values(vendors).map((vendor: Vendor) => {
    const { id, name, credential, models, facts } = vendor
    const wanted = credential.fields.filter(({ optional }) => !optional)
    // of several kinds each is optional, and its label says when it is the one
    const fields = wanted.length
      ? wanted.map(field => `\`${field.name}\``)
      : credential.fields.map(({ name, label }) => `\`${name}\`${/ \(.+\)/.exec(label)?.[0] ?? ''}`)
    const known = Object.values(models)
    const retired = known.length > 0 && known.every(model => model.retired)
    return `| ${[
      name,
      `\`${id}\``,
      addresses(vendor),
      fields.join(wanted.length ? ', ' : '; '),
      `${known.length}${retired ? ' (retired by the vendor)' : ''}`,
      cancels[facts.cancel],
      finds[facts.lookup]
    ].join(' | ')} |\n`
  })
  return `| | \`vendor\` | address and keys | credential | known models | cancel | lost submit |\n|---|---|---|---|---|---|---|\n${rows.join('')}`
}

/** Returns the hosts of the vendor's services with links to where their keys are made; `cn` and `global` are the values of `--region`. */
function addresses({ baseUrl, regions, keysUrl }: Vendor): string {
  if (new URL(baseUrl).hostname.endsWith('.invalid')) return 'yours'
  const service = (url: string, keys: string | undefined) => {
    const host = `\`${new URL(url).hostname}\``
    return keys === undefined ? host : `${host} ([keys](${keys}))`
  }
  if (!regions) return service(baseUrl, keysUrl)
  return regions
    .map(
      region =>
        `${region.id}: ${service(region.baseUrl, region.keysUrl ?? (region.baseUrl === baseUrl ? keysUrl : undefined))}`
    )
    .join(', ')
}

function expectVideo(bytes: Buffer) {
  expect(readMp4(bytes)).toMatchObject({ seconds: 5, framesAreWhole: true })
}
