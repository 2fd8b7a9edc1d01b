import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

/* What of compose.yaml can be known without a Docker engine; `image.test.ts` compares its settings with the program's. */

interface Service {
  image?: string
  profiles?: string[]
  volumes?: string[]
  ports?: string[]
  command?: string[]
  depends_on?: Record<string, { condition: string; required: boolean }>
  healthcheck?: { test: string[] }
}

const folder = join(import.meta.dirname, '../docker')
// true because the first test reads it whole
const { services, volumes } = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8')) as {
  services: Record<string, Service>
  volumes: Record<string, null>
}

test('each service starts with what is there: its files, volumes, neighbours, and a command for its health', () => {
  expect(Object.fromEntries(Object.entries(services).map(([name, { profiles }]) => [name, profiles]))).toEqual({
    gateway: undefined,
    postgres: ['postgres'],
    valkey: ['valkey'],
    prometheus: ['monitoring'],
    grafana: ['monitoring']
  })
  const used = Object.values(services).flatMap(service => service.volumes ?? [])
  const sources = used.map(mount => mount.split(':')[0]!)
  expect(sources.filter(name => !name.startsWith('.')).sort()).toEqual(Object.keys(volumes).sort())
  for (const source of sources.filter(name => name.startsWith('.')))
    expect([source, existsSync(join(folder, source))]).toEqual([source, true])
  // files of ours are mounted read-only
  expect(used.filter(mount => mount.startsWith('.') && !mount.endsWith(':ro'))).toEqual([])
  for (const [name, { required }] of Object.entries(services.gateway!.depends_on ?? {}))
    expect([name, required, services[name]?.profiles, services[name]?.healthcheck?.test[0]]).toEqual([
      name,
      false,
      [name],
      'CMD'
    ])
  // where Postgres 18 keeps its data; before, it was below
  expect(services.postgres).toMatchObject({
    image: expect.stringMatching(/^postgres:18\./),
    volumes: ['postgres:/var/lib/postgresql']
  })
  // ports are open to this machine only
  const ports = Object.values(services).flatMap(service => service.ports ?? [])
  expect(ports.filter(port => !port.startsWith('127.0.0.1:'))).toEqual([])
})

test('Valkey starts with its command, and its health check answers', async () => {
  const [, ...options] = services.valkey!.command!
  const [, , ping] = services.valkey!.healthcheck!.test
  const own = mkdtempSync(join(tmpdir(), 'reelay-valkey-'))
  const socket = join(own, 'socket')
  // Debian's redis-server reads the same options
  const server = spawn('redis-server', [...options, '--port', '0', '--unixsocket', socket], { cwd: own })
  try {
    await expect.poll(() => existsSync(socket), { timeout: 10_000 }).toBe(true)
    expect(execFileSync('redis-cli', ['-s', socket, ping!], { encoding: 'utf8' }).trim()).toBe('PONG')
  } finally {
    server.kill()
    await once(server, 'exit')
    rmSync(own, { recursive: true, force: true })
  }
})
