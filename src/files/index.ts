import { join } from 'node:path'
import type { Logger } from 'pino'
import { openDisk } from '../assets/disk.ts'
import { openArchive } from '../assets/index.ts'
import { findFfmpeg } from '../assets/thumbnail.ts'
import type { Database, Task } from '../db/index.ts'
import type { Stores } from '../stores/index.ts'
import type { Engine } from '../tasks/engine.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { createArchiveTest } from './archive-test.ts'
import { createArchiver, type CopyTry } from './archiver.ts'
import { createCopy } from './copy.ts'
import { createFilms } from './film.ts'
import { openIncoming } from './incoming.ts'
import { createInlineStore } from './inline.ts'
import { sizeOfUpload } from './mp4.ts'
import { createPictures } from './pictures.ts'
import { createResults } from './results.ts'
import { createRetention } from './retention.ts'
import { createPictureStore } from './store-picture.ts'
import { createThumbnails } from './thumbnails.ts'
import { createVendorFile } from './vendor-file.ts'

const DAY = 86_400_000

interface Place {
  /** `off`, `file:PATH` or `s3://…`; absent: a folder in `dataDir` */
  archiveUrl: string | undefined
  dataDir: string
  /** the largest video that is stored */
  maxMB: number
  /** milliseconds at an even rate */
  monotonic(): number
  log: Logger
}

/** Opens the archive and the folder for temporary files. */
export async function openStorage({ archiveUrl, dataDir, maxMB, monotonic, log }: Place) {
  const home = join(dataDir, 'archive')
  const archive = archiveUrl === 'off' ? null : await openArchive(archiveUrl ?? `file:${home}`)
  // videos that arrive inside a vendor's answer, or are the answer, are stored even without an archive
  const files = archive ?? openDisk(home)
  const incoming = openIncoming(join(dataDir, 'incoming'))
  const films = createFilms({ files, incoming, maxMB, monotonic, log })
  const storeInline = createInlineStore({ files, incoming, log })
  return { archive, files, incoming, films, storeInline, sizeOfUpload }
}

export type Storage = Awaited<ReturnType<typeof openStorage>>

interface Dependencies {
  stores: Stores
  database: Pick<Database, 'kind'>
  storage: Storage
  routing: Routing
  exchange: Exchange
  engine: Pick<Engine, 'worker' | 'health'>
  /** the largest video that is archived */
  config: { MAX_VIDEO_MB: number }
  /** days that finished videos stay in the archive, 0: forever; may change */
  settings: { current(): { retention_days: number } }
  /** tasks are processed here, so files arrive here */
  runs: boolean
  refuseAddress(url: string): string | null
  now(): number
  /** milliseconds at an even rate */
  monotonic(): number
  random(): number
  /** told of each try to copy a video to the archive */
  onCopy(task: Task, copy: CopyTry): void
  log: Logger
}

/** Creates what reads produced files, and what copies them to the archive. */
export async function createFiles({
  stores: { assets, tasks, meta },
  database,
  storage: { archive, files, incoming },
  routing,
  exchange,
  engine: { worker, health },
  config,
  settings,
  runs,
  refuseAddress,
  now,
  monotonic,
  random,
  onCopy,
  log
}: Dependencies) {
  const { downloads } = health
  // an SQLite file has one process: whatever is there now was left by one that was killed
  if (runs) await incoming.sweep(async ids => (database.kind === 'sqlite' ? [] : assets.claimed(ids, now())), log)
  const ffmpeg = await findFfmpeg()
  const storePicture = createPictureStore({ assets, incoming, files, now })
  const results = createResults({
    childrenOf: tasks.childrenOf,
    openFromVendor: createVendorFile({ routing, worker, exchange }),
    assets,
    files,
    ensurePicture: ffmpeg
      ? createPictures({ store: storePicture, incoming, maxMB: config.MAX_VIDEO_MB, monotonic, log })
      : null,
    now,
    isPublic: url => url.startsWith('https:') && refuseAddress(url) === null
  })
  const testArchive = createArchiveTest({ archive, incoming, monotonic })
  const thumbnails = createThumbnails({ assets, storePicture, childrenOf: tasks.childrenOf })
  const retentionMs = () => settings.current().retention_days * DAY || null
  const retention = createRetention({ assets, meta, retentionMs, log })
  const copy =
    archive &&
    createCopy({
      results,
      routing,
      archive,
      incoming,
      maxMB: config.MAX_VIDEO_MB,
      ffmpeg,
      fetched: downloads.recordCall,
      monotonic,
      log
    })
  const archiver = createArchiver({
    store: assets,
    tasks,
    copy,
    archive: files,
    downloads,
    retentionMs,
    log,
    now,
    random,
    onCopy
  })
  return { results, archiver, testArchive, thumbnails, retention }
}
