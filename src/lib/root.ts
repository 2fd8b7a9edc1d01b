import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Returns the package's own folder, which contains migrations and clips; works from the source and from the bundle. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'reelay')
      return folder
    if (folder === dirname(folder))
      throw new Error(`reelay's package.json was not found in ${import.meta.dirname} or above it`)
  }
}
