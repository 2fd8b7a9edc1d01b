import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
// a whole run takes a third of this
const NEEDED = 1024 ** 3

/**
 * What spares the workers waiting. Folders of tests lie in memory where there is room and TMPDIR does not say otherwise: no test cuts the power.
 * A campaign stays on the disk that its numbers come from. What V8 makes of packages is kept from one worker to the next,
 * and so is the OpenAPI document (answers-check.ts).
 */
export default function setup() {
  const isCampaign = process.env.npm_lifecycle_event?.startsWith('campaign:')
  if (!process.env.TMPDIR && !isCampaign && roomIn(MEMORY) >= NEEDED) process.env.TMPDIR = MEMORY
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/compiled')
  const folder = mkdtempSync(join(tmpdir(), 'reelay-run-'))
  process.env.OPENAPI_DOCUMENT = join(folder, 'openapi.json')
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Bytes; 0 where there is no such place. */
function roomIn(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return 0
  }
}
