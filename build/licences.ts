import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/* The notices of the packages that a bundle contains: their licences want to be passed on with it. */

interface Manifest {
  name: string
  version: string
  license?: string
  author?: string | { name: string }
}

/** Returns the notices of the packages that these module paths belong to, by name; the project's own modules have none. */
export function noticesOf(modules: Iterable<string>): string {
  const folders = new Set<string>()
  for (const path of modules) {
    const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]
    if (folder !== undefined) folders.add(folder.replace(/^\0+/, ''))
  }
  // many packages have the very same text
  const titles = Map.groupBy([...folders].map(noticeOf).toSorted(byTitle), ({ text }) => text)
  return [...titles]
    .map(([text, all]) => `${all.map(({ title }) => title).join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

interface Notice {
  title: string
  text: string
}

const byTitle = (one: Notice, other: Notice) => (one.title < other.title ? -1 : 1)

function noticeOf(folder: string): Notice {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest // npm checked it
  const { name, version, license = 'unknown licence', author } = manifest
  const texts = readdirSync(folder)
    .filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
    .toSorted()
    .map(file => readFileSync(join(folder, file), 'utf8').trim())
  const by = typeof author === 'string' ? author : author?.name
  return {
    title: `${name} ${version} (${license})`,
    text: texts.join('\n\n') || `Licensed under ${license}${by ? `, by ${by}` : ''}.`
  }
}

/** Returns the modules that the bundles in a folder were made of, by their source maps. */
function modulesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.map'))
    .flatMap(file => {
      const { sources } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { sources: string[] } // a source map
      return sources.map(source => join(folder, source))
    })
}

if (import.meta.main) writeFileSync('dist/LICENSES.txt', noticesOf(modulesOf('dist')))
