import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { beforeAll, describe, expect, test } from 'vitest'
import { vendorTable } from '../../build/docs/vendors.ts'
import { packageRoot } from '../../src/lib/root.ts'
import { callbackSecretOf } from '../../src/webhooks/sign.ts'
import { vendors } from '../../src/vendors/index.ts'
import { readMp4 } from '../sandbox/read-mp4.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'
import { blocksIn, paste } from '../support/paste.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* What the guides tell people to run is run. */

const guides = readdirSync(join(packageRoot(), 'src/docs'))
const textOf = (guide: string) => readFileSync(join(packageRoot(), 'src/docs', guide), 'utf8')
const blocks = (info: string) =>
  guides.flatMap(guide => blocksIn(textOf(guide), info).map(({ title, code }) => ({ guide, title, code })))

describe('the commands', () => {
  const folder = forAllTests(() => makeFolder('docs'))
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() =>
    startTestServer({ env: { SANDBOX: 'auto', OUTBOUND_ALLOW: '127.0.0.0/8,example.com' } })
  )
  let member: { id: string; key: string }

  beforeAll(async () => {
    member = await server.newKey()
    symlinkSync(join(packageRoot(), 'node_modules'), join(folder.path, 'node_modules'))
  })

  const run = (code: string, program?: string, file?: string) =>
    paste(
      {
        folder: folder.path,
        url: server.url,
        vendorUrl: vendor.url,
        env: { REELAY_KEY: member.key, ADMIN_KEY }
      },
      code,
      program,
      file
    )

  const shell = blocks('bash run')

  test.each(shell.filter(({ code }) => code.includes('video.mp4')))(
    'of $guide make a video: $title',
    async ({ code }) => {
      const { output, video } = await run(code)
      expect(output).toMatch(/"status":"succeeded"/)
      expect(readMp4(video())).toMatchObject({ seconds: 5, framesAreWhole: true })
    }
  )

  test('of openai-programs.md make a video with the SDK', async () => {
    const [{ code } = { code: '' }] = blocks('js run')
    expect(readMp4((await run(code, process.execPath, 'code.mjs')).video())).toMatchObject({ framesAreWhole: true })
  })

  test(
    'of behind-a-proxy.md make an nginx that lets everything through',
    { skip: spawnSync('nginx', ['-v']).status !== 0 && !process.env.CI },
    async () => {
      const [{ code } = { code: '' }] = blocks('nginx')
      const port = await freePort()
      const site = code
        .replace(/listen 443 ssl;/, `listen 127.0.0.1:${port};`)
        .replaceAll(/^ *ssl_certificate.*\n/gm, '')
        .replace('http://127.0.0.1:3000', server.url)
      const config = join(folder.path, 'nginx.conf')
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        name => `${name}_temp_path ${folder.path}/${name};`
      )
      writeFileSync(
        config,
        `daemon off; pid ${folder.path}/nginx.pid; error_log stderr; events {} http { access_log off; ${temporary.join(' ')}\n${site} }`
      )
      const nginx = spawn('nginx', ['-c', config], { stdio: 'ignore' })
      try {
        const url = `http://127.0.0.1:${port}`
        const authorization = `Bearer ${member.key}`
        await untilListening(port)
        // more than nginx takes by itself
        const body = JSON.stringify({ model: 'kling-v1', prompt: 'x', metadata: { note: 'x'.repeat(2_000_000) } })
        const large = await fetch(`${url}/v1/videos/estimate`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body
        })
        expect(large.status).not.toBe(413)
        const id = await server.newVideo({}, { key: member.key })
        const events = await fetch(`${url}/v1/videos/${id}/events`, { headers: { authorization } })
        expect(await events.text()).toContain('event: video.completed')
        const file = await fetch(`${url}/v1/videos/${id}/content`, { headers: { authorization, range: 'bytes=0-99' } })
        expect(file.status).toBe(206)
      } finally {
        nginx.kill()
        await once(nginx, 'exit')
      }
    }
  )

  test.each(shell.filter(({ code }) => !code.includes('video.mp4')))('of $guide work: $title', async ({ code }) => {
    const { output } = await run(code)
    expect(output).toMatch(/"object":|whsec_|videos,seconds|Restored the backup/)
    expect(output).not.toContain('"error"')
    // the same as the server signs with
    if (code.includes('openssl dgst')) expect(output.trim()).toBe(callbackSecretOf(member.key))
  })
})

describe('the receivers of webhooks', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  const folder = forAllTests(() => makeFolder('receivers'))
  beforeAll(() => symlinkSync(join(packageRoot(), 'node_modules'), join(folder.path, 'node_modules')))

  test.each([
    ['JavaScript', 'js receiver', process.execPath, 'receiver.mjs'],
    ['Python', 'python receiver', 'python3', 'receiver.py']
  ])('in %s takes what is signed, once, and refuses what is not', async (_language, info, program, file) => {
    const [{ code } = { code: '' }] = blocks(info)
    writeFileSync(join(folder.path, file), code)
    const port = await freePort()
    const child = spawn(program, [file], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret }
    })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    try {
      await untilListening(port)
      const body = JSON.stringify({
        id: 'evt_1',
        object: 'event',
        created_at: 1,
        type: 'video.completed',
        data: { id: 'video_1' }
      })
      const now = new Date()
      const headers = {
        'webhook-id': 'evt_1',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        // of two secrets, as while one is replaced
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')} ${new Webhook(secret).sign('evt_1', now, body)}`
      }
      const post = async (sent: string) =>
        (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: sent })).status
      expect([await post(body), await post(body), await post(`${body} `)]).toEqual([204, 204, 400])
      await expect.poll(() => output).toBe('video.completed video_1\n')
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})

test('the table of channels.md has every vendor, with its address', () => {
  const text = vendorTable()
  for (const { id, baseUrl } of Object.values(vendors)) {
    expect(text).toContain(`\`${id}\``)
    if (!baseUrl.includes('.invalid')) expect(text).toContain(`\`${baseUrl}\``)
  }
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number } // of a TCP server
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(port: number): Promise<void> {
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          () => true,
          () => false
        ),
      { timeout: 20_000 }
    )
    .toBe(true)
}
