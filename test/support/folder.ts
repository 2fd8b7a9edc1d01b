import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder that `close` removes with all that is in it. */
export function makeFolder(name: string) {
  const path = mkdtempSync(join(tmpdir(), `reelay-${name}-`))
  return { path, close: () => rmSync(path, { recursive: true, force: true }) }
}
