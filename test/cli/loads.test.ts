import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/* What a command loads before it does anything: most of the time of a short one. */

const main = new URL('../../src/main.ts', import.meta.url).pathname

// tells every module that is loaded
const tell = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ load: (url, context, next) => (process.stderr.write('loads ' + url + '\\n'), next(url, context)) })
`)}`

function loadedBy(args: readonly string[], env: Record<string, string>) {
  const options = { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const
  const { stderr } = spawnSync(process.execPath, ['--import', tell, main, ...args], options)
  const urls = [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url]) => url!)
  const named = (pattern: RegExp) => [...new Set(urls.flatMap(url => pattern.exec(url)?.[1] ?? []))].toSorted()
  return { packages: named(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//), rooms: named(/\/src\/([^/]+)\//) }
}

const isClosed = { REELAY_URL: 'http://127.0.0.1:1', REELAY_KEY: 'sk-none' }

describe('a command loads nothing that it does not use', () => {
  test.each([['--version'], ['--help'], ['keys --help'], ['channels list --help'], ['chanels']])('%s', line => {
    const { packages, rooms } = loadedBy(line.split(' '), {})
    expect(packages).toEqual(['commander'])
    expect(rooms).toEqual(expect.arrayContaining(['cli', 'lib']))
    for (const room of ['db', 'http', 'services', 'stores', 'tasks', 'vendors']) expect(rooms).not.toContain(room)
  })

  test('channels list on a server', () => {
    const { packages, rooms } = loadedBy(['channels', 'list'], isClosed)
    expect(packages).toEqual(['commander', 'ipaddr.js', 'undici', 'zod'])
    for (const room of ['db', 'services', 'stores', 'tasks', 'vendors']) expect(rooms).not.toContain(room)
  })
})

// reading node:http as an ES module reads each of its exports, and one of them is the whole of Node's fetch
test('the server loads Node’s own fetch only when somebody calls it', () => {
  const server = new URL('../../src/server.ts', import.meta.url)
  const code = `await import('${server}'); console.log(process.moduleLoadList.filter(name => name.includes('deps/undici/undici')))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
  expect(stdout).toBe('[]\n')
})
