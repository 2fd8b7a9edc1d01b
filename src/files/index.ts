import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import { openDisk } from '../assets/disk.ts'
import { openArchive } from '../assets/index.ts'
import { findFfmpeg } from '../assets/thumbnail.ts'
import type { Stores } from '../stores/index.ts'
import type { Engine } from '../tasks/engine.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { createArchiver } from './archiver.ts'
import { createCopy } from './copy.ts'
import { createResults } from './results.ts'

const DAY = 86_400_000

/** Where files are stored. */
export interface Storage {
  /** null: finished videos are not archived */
  archive: Archive | null
  /** for videos that arrive inside a vendor's answer, even without an archive */
  files: Archive
  /** for temporary files */
  folder: string
}

/** Opens the archive. `archiveUrl`: `off`, `file:PATH` or `s3://…`; absent: a folder in `dataDir`. */
export async function openStorage({ archiveUrl, dataDir }: { archiveUrl: string | undefined; dataDir: string }) {
  const home = join(dataDir, 'archive')
  const archive = archiveUrl === 'off' ? null : await openArchive(archiveUrl ?? `file:${home}`)
  return { archive, files: archive ?? openDisk(home), folder: join(dataDir, 'incoming') } satisfies Storage
}

interface Dependencies {
  stores: Stores
  storage: Storage
  routing: Routing
  exchange: Exchange
  engine: Pick<Engine, 'worker' | 'health'>
  /** days that finished videos stay in the archive; 0: forever */
  retentionDays: number
  refuseAddress(url: string): string | null
  now(): number
  random(): number
  log: Logger
}

/** Creates what reads produced files, and what copies them to the archive. */
export async function createFiles({
  stores: { assets, tasks },
  storage: { archive, files, folder },
  routing,
  exchange,
  engine: { worker, health },
  retentionDays,
  refuseAddress,
  now,
  random,
  log
}: Dependencies) {
  const { downloads } = health
  const results = createResults({
    routing,
    childrenOf: tasks.childrenOf,
    worker,
    exchange,
    assets,
    files,
    now,
    isPublic: url => url.startsWith('https:') && refuseAddress(url) === null
  })
  if (!archive) return { results, archiver: null }

  const copy = createCopy({
    results,
    archive,
    folder,
    ffmpeg: await findFfmpeg(),
    fetched: downloads.recordCall,
    log
  })
  const retentionMs = retentionDays === 0 ? null : retentionDays * DAY
  const archiver = createArchiver({
    store: assets,
    tasks,
    copy,
    archive,
    downloads,
    retentionMs,
    log,
    now,
    random
  })
  return { results, archiver }
}
