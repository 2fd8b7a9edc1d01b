import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { packageRoot } from '../../src/lib/root.ts'

/* How much a browser loads, gzipped. `npm run build` first. */

const folder = join(packageRoot(), 'dist/console')
const kB = (files: Iterable<string>) => Math.round([...files].reduce((sum, file) => sum + sizeOf(file), 0) / 100) / 10
const sizeOf = (file: string) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length

const page = readFileSync(join(folder, 'index.html'), 'utf8')
const all = readdirSync(join(folder, 'assets'))
  .filter(name => /\.(js|css)$/.test(name))
  .map(name => `assets/${name}`)
const entry = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file!)
const boot = readFileSync(
  join(
    folder,
    entry.find(file => file.startsWith('assets/boot-'))!
  ),
  'utf8'
)
const start = new Set([...entry, ...preloadsOf('no-page')])

/** Runs boot.js as a browser does at an address, and returns the files that it starts to load. */
function preloadsOf(path: string): string[] {
  const files: string[] = []
  runInNewContext(boot, {
    URL,
    document: {
      baseURI: 'http://gateway/console/',
      documentElement: { dataset: {} },
      createElement: () => ({}),
      head: { append: ({ href }: { href: string }) => files.push(href) }
    },
    location: { pathname: `/console/${path}` },
    localStorage: { getItem: () => null },
    matchMedia: () => ({ matches: false }),
    navigator: { language: 'en' }
  })
  return files
}

it('starts with at most 160 kB', () => {
  expect(kB(start)).toBeLessThanOrEqual(160)
})

const pages = [
  ...['', 'tasks', 'tasks/video_1'].map(path => ({ path, most: 210 })),
  ...[
    'sign-in',
    'setup',
    'invite',
    'playground',
    'channels',
    'models',
    'keys',
    'webhooks',
    'usage',
    'audit',
    'settings'
  ].map(path => ({ path, most: 255 }))
]
it.each(pages)('opens /$path with at most $most kB', ({ path, most }) => {
  expect(kB(new Set([...start, ...preloadsOf(path)]))).toBeLessThanOrEqual(most)
})

it.each(['sign-in', 'setup'])('begins to load %s before the first script', path => {
  expect(preloadsOf(path).length).toBeGreaterThan(preloadsOf('no-page').length)
})

it('loads at most 60 kB at a time after that', () => {
  const lazy = all.filter(file => !start.has(file))
  for (const file of lazy) expect(kB([file]), file).toBeLessThanOrEqual(60)
})

it('weighs at most 350 kB in all', () => {
  expect(kB(all)).toBeLessThanOrEqual(350)
})

it('is written in files of at most 250 lines', () => {
  const source = join(packageRoot(), 'src/console')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(name => /\.(tsx?|css)$/.test(name))
  const linesOf = (file: string) => readFileSync(join(source, file), 'utf8').trimEnd().split('\n').length
  expect(files.filter(file => linesOf(file) > 250)).toEqual([])
})
