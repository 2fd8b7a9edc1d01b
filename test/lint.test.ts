import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/* The linter holds what src/README.md says of who may import whom: every import that its table permits passes, every other is caught. */

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'src/README.md'), 'utf8')
const [, table = ''] = /<!-- imports -->\n(.*?)\n<!-- \/imports -->/s.exec(readme) ?? []
const namesIn = (cell: string) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!)
const rules = table
  .split('\n')
  .slice(2)
  .map(line => line.split('|').slice(1, -1))
  .map(([room = '', values = '', types = '']) => ({
    room: namesIn(room)[0]!,
    values: namesIn(values),
    types: namesIn(types)
  }))

const configuration = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
  overrides: { files: string[] }[]
  options: unknown
}
// what only the outermost configuration may say
const { options: _, ...nested } = configuration

const files = new Set(['errors', 'config', 'log', 'loop', 'secret-key', 'server', 'main'])
const rooms = [...rules.map(({ room }) => room), 'services', 'server', 'cli', 'main']
const pure = ['vendors', 'domain', 'fronts']

/** What stands in each fixture, and whether the linter should complain of it. */
interface Fixture {
  path: string
  text: string
  caught: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'reelay-lint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fixtures: Fixture[] = [...rules.flatMap(importsOf), ...pure.flatMap(impuritiesOf)]
const complaints = new Set<string>()

beforeAll(async () => {
  cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const { path, text } of fixtures) {
    write(path, text)
    const house = path.slice(0, path.indexOf('src/'))
    if (house !== '') write(join(house, '.oxlintrc.json'), JSON.stringify(nested))
  }
  for (const room of rooms) write(files.has(room) ? `src/${room}.ts` : `src/${room}/index.ts`, 'export const x = 1\n')
  const [a, b] = ['src/tasks/circle-a.ts', 'src/tasks/circle-b.ts']
  write(a, "import type { B } from './circle-b.ts'\n\nexport interface A {\n  b: B\n}\n")
  write(b, "import type { A } from './circle-a.ts'\n\nexport interface B {\n  a: A\n}\n")
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = await promisify(execFile)(process.execPath, [oxlint, '--format=json'], {
    cwd: folder,
    maxBuffer: 1e8
  }).catch((error: { stdout: string }) => error)
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  for (const { code, filename } of diagnostics) complaints.add(`${filename} ${code}`)
})

const caughtIn = (path: string) => [...complaints].filter(line => line.startsWith(`${path} `))

test('the table names every room there is, and the configuration no other', () => {
  const { overrides } = configuration
  const ruled = overrides.flatMap(one => one.files).filter(file => file.startsWith('src/'))
  expect(ruled.map(file => file.replace(/^src\/|\/\*\*$|\.ts$/g, '')).toSorted()).toEqual(
    rules.map(({ room }) => room).toSorted()
  )
  expect(rules.length).toBeGreaterThan(15)
})

describe.each(rules)('$room', ({ room }) => {
  const ofRoom = fixtures.filter(({ path }) => path.startsWith(`src/${room}/`) || path.startsWith(`${room}/`))

  test('imports what it may', () => {
    for (const { path } of ofRoom.filter(({ caught }) => !caught)) expect(caughtIn(path), path).toEqual([])
  })

  test('is caught importing anything else', () => {
    for (const { path } of ofRoom.filter(({ caught }) => caught)) expect(caughtIn(path), path).not.toEqual([])
  })
})

test('a circle is caught, of types too', () => {
  expect(caughtIn('src/tasks/circle-a.ts')).toEqual([expect.stringContaining('no-cycle')])
})

/** Of each other room a value and a type, from the room itself and from a folder in it. */
function importsOf({ room, values, types }: (typeof rules)[number]): Fixture[] {
  return rooms
    .filter(other => other !== room)
    .flatMap(other => {
      const target = files.has(other) ? `${other}.ts` : `${other}/index.ts`
      // a room of one file is tried in a house of its own for each import: the configuration lies in each
      const from = files.has(room)
        ? [{ at: (kind: string) => `${room}/${other}-${kind}/src/${room}.ts`, up: './' }]
        : [0, 1].map(depth => ({
            at: (kind: string) => `src/${room}/${'inner/'.repeat(depth)}${other}.${kind}.ts`,
            up: '../'.repeat(depth + 1)
          }))
      return from.flatMap(({ at, up }) => [
        {
          path: at('value'),
          text: `import { x } from '${up}${target}'\n\nexport const y = x\n`,
          caught: !values.includes(other)
        },
        {
          path: at('type'),
          text: `import type { X } from '${up}${target}'\n\nexport type Y = X\n`,
          caught: !values.includes(other) && !types.includes(other)
        }
      ])
    })
}

function impuritiesOf(room: string): Fixture[] {
  const impure = {
    clock: 'export const time = Date.now()\n',
    chance: 'export const chance = Math.random()\n',
    monotonic: 'export const time = performance.now()\n',
    timer: 'export const timer = setTimeout(() => {}, 1)\n',
    disk: "import { readFileSync } from 'node:fs'\n\nexport const read = readFileSync\n",
    environment: 'export const home = process.env.HOME\n',
    id: "import { newId } from '../lib/ids.ts'\n\nexport const make = newId\n"
  }
  return Object.entries(impure).map(([name, text]) => ({ path: `src/${room}/impure-${name}.ts`, text, caught: true }))
}

function write(path: string, text: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
