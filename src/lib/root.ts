import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The package's own folder, from the source and from the bundle alike: migrations and clips lie below it. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'reelay')
      return folder
    if (folder === dirname(folder)) throw new Error('package.json of reelay not found above the program')
  }
}
