import { existsSync, readFileSync } from 'node:fs'

/*
 * The bill of materials of what the image ships (CycloneDX 1.5): the packages in the bundles, by the notices that the build wrote of them, and
 * those that are installed beside them. `npm sbom` knows neither, and leaves out what development needs too.
 */

interface Locked {
  version: string
  license?: string
  dependencies?: Record<string, string>
}

interface Component {
  name: string
  version: string
  license: string | undefined
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

function bundled(): Component[] {
  const notices = ['dist/LICENSES.txt', 'dist/console/LICENSES.txt'].map(path => readFileSync(path, 'utf8')).join('\n')
  return Array.from(
    notices.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+) (\d+\.\d+\.\d\S*) \(([^()]+|\(.+\))\)$/gm),
    ([, name = '', version = '', license]) => ({
      name,
      version,
      license
    })
  )
}

/** Returns the packages that the bundle calls external, with all that they need. */
function installed(): Component[] {
  const packages = json('package-lock.json').packages as Record<string, Locked>
  const found = new Map<string, Component>()
  function add(name: string, from: string) {
    const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find(one => packages[one])
    const locked = path && packages[path]
    if (!locked || found.has(path)) return
    found.set(path, { name, version: locked.version, license: locked.license })
    for (const needed of Object.keys(locked.dependencies ?? {})) add(needed, path)
  }
  const externals = json('package.json').scripts['build:server'].matchAll(/--external (\S+)/g)
  for (const [, name] of externals) add(name, '')
  return [...found.values()]
}

if (!existsSync('dist/LICENSES.txt')) throw new Error('Nothing is built yet: npm run build')
const { name, version, license } = json('package.json') as Component
const components = new Map([...bundled(), ...installed()].map(one => [`${one.name}@${one.version}`, one]))
const written = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name, version, licenses: [{ expression: license }] } },
  components: [...components.values()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(one => ({
      type: 'library',
      name: one.name,
      version: one.version,
      purl: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`,
      ...(one.license && { licenses: [{ expression: one.license }] })
    }))
}
process.stdout.write(`${JSON.stringify(written, null, 2)}\n`)
