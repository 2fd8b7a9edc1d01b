import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command
} from '@aws-sdk/client-s3'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openArchive } from '../../src/assets/index.ts'
import { environment } from '../support/environment.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { filmBeginning } from '../support/film.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall, spawnServer } from '../support/process.ts'
import { seeded } from '../support/seeded.ts'
import { describeWithSwift, REGION, startSwift, withCredentials, type Swift } from '../support/swift.ts'

/* X8: a server that archives to Swift is killed while files are on their way, and so is Swift. Needs `npm run build`. */

const KILLS = Number(process.env.KILLS ?? 3)
const SEED = Number(process.env.SEED ?? 8)
const SWIFT_EVERY = 3
// three parts: killed between any two of them
const BYTES = 16 * 1024 * 1024 + 7
const DAY = 86_400_000
// both files may have arrived between two looks
const PATIENCE = 8000

interface Kept {
  state: string
  location: string | null
  sha256: string | null
  bytes: number | null
}

describeWithSwift('the archive under kills', () => {
  test(
    `X8: ${KILLS} kills, seed ${SEED}: what is noted as kept is there, and a sweep leaves no unfinished upload`,
    { timeout: 7_200_000 },
    async () => {
      const random = seeded(SEED)
      withCredentials()
      const swift = await startSwift()
      const bucket = await swift.newBucket()
      const vendor = await startFakeCloudsway()
      const { path: folder, close: removeFolder } = makeFolder('archive')
      onTestFinished(async () => {
        await swift.close()
        await vendor.close()
        removeFolder()
      })
      vendor.onPoll = () => 'succeed'
      vendor.onFile = (request, reply) => {
        const file = fileOf((request.params as { file: string }).file) // the route's one parameter
        return reply
          .type('video/mp4')
          .header('content-length', file.length)
          .send(Readable.from(pieces(file)))
      }
      const ARCHIVE_URL = `s3://${bucket}/our?endpoint=${encodeURIComponent(swift.url)}&region=${REGION}`
      const start = () =>
        spawnServer({
          ...environment,
          DATA_DIR: folder,
          ARCHIVE_URL,
          LOG_LEVEL: 'fatal',
          AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID!,
          AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY!
        })

      let server = await start()
      await adminCall(server.url, 'POST', '/admin/channels', vendor.channel())
      const killed = { server: 0, swift: 0, inUpload: 0 }
      let made = 0
      let orphans = 0
      // what is a day old is an orphan
      const sweep = async () => (await openArchive(ARCHIVE_URL)).sweep(Date.now() + DAY + 60_000)
      for (let n = 1; n <= KILLS; n++) {
        for (let more = 0; more < 2; more++)
          await adminCall(server.url, 'POST', '/v1/videos', { model: 'kling-v1', prompt: `video ${++made}` })
        const until = Date.now() + PATIENCE
        while (Date.now() < until && (await unfinished(swift, bucket)) === 0) await sleep(20)
        await sleep(random() * 500)
        if (n % SWIFT_EVERY === 0) {
          await swift.kill()
          killed.swift++
          await sleep(random() * 1000)
          await swift.restart()
        }
        server.child.kill('SIGKILL')
        await server.exited
        killed.server++
        const left = await unfinished(swift, bucket)
        orphans += left
        if (left > 0) killed.inUpload++
        await sweep()
        timePasses(folder)
        server = await start()
      }

      let rows = keptIn(folder)
      for (let tries = 0; rows.length < made || rows.some(({ state }) => state !== 'archived'); tries++) {
        expect(tries, JSON.stringify(rows)).toBeLessThan(1500)
        expect(rows.filter(({ state }) => state === 'lost')).toEqual([])
        await sleep(200)
        rows = keptIn(folder)
      }
      server.child.kill('SIGTERM')
      await server.exited
      for (const { location, sha256, bytes } of rows) {
        const at = { Bucket: bucket, Key: `our/${location}` }
        expect((await swift.client.send(new HeadObjectCommand(at))).ContentLength).toBe(bytes)
        const { Body } = await swift.client.send(new GetObjectCommand(at))
        const hash = createHash('sha256')
        for await (const chunk of Body as Readable) hash.update(chunk as Buffer) // in Node the SDK answers with a readable stream of bytes
        expect(hash.digest('hex')).toBe(sha256)
      }
      expect(rows.map(({ sha256 }) => sha256 ?? '').sort()).toEqual(hashesOf(vendor))
      // nothing lies there that no row names
      const { Contents = [] } = await swift.client.send(new ListObjectsV2Command({ Bucket: bucket }))
      const objects = Contents.map(({ Key }) => Key!).filter(key => key.endsWith('.mp4'))
      expect(objects.sort()).toEqual(rows.map(({ location }) => `our/${location}`).sort())
      expect(readdirSync(join(folder, 'incoming'))).toEqual([])

      await sweep()
      expect(await unfinished(swift, bucket)).toBe(0)
      if (process.env.KILLS) console.log(`X8: ${JSON.stringify({ ...killed, made, orphans })}`)
      expect(killed.inUpload).toBeGreaterThan(0)
    }
  )
})

/** As long a time as leases and retries take, for a server that is not running; outages so close together are one. */
function timePasses(folder: string) {
  const database = new Sqlite(join(folder, 'reelay.db'))
  database.exec("update assets set lease_until = null, due_at = 1, tries = 0 where state = 'pending'")
  database.close()
}

function keptIn(folder: string): Kept[] {
  const database = new Sqlite(join(folder, 'reelay.db'), { readonly: true })
  const rows = database.prepare('select state, location, sha256, bytes from assets').all() as Kept[] // what was selected
  database.close()
  return rows
}

/** How many uploads were begun and not ended. */
async function unfinished(swift: Swift, bucket: string): Promise<number> {
  let count = 0
  for (let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {}; from;) {
    const page: ListMultipartUploadsCommandOutput = await swift.client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, ...from })
    )
    count += page.Uploads?.length ?? 0
    if (page.IsTruncated && !page.NextKeyMarker) throw new Error('a page of unfinished uploads has no next one')
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker!, UploadIdMarker: page.NextUploadIdMarker ?? '' } : null
  }
  return count
}

/** A file of its own for each of the vendor's tasks. */
function fileOf(name: string): Buffer {
  const file = Buffer.alloc(BYTES, 'a file that stands for a video')
  filmBeginning.copy(file)
  file.write(name, filmBeginning.length)
  file.write(name, BYTES - name.length)
  return file
}

function* pieces(file: Buffer) {
  for (let at = 0; at < file.length; at += 256 * 1024) yield file.subarray(at, at + 256 * 1024)
}

const hashesOf = ({ tasks }: FakeCloudsway) =>
  [...tasks.keys()]
    .map(id =>
      createHash('sha256')
        .update(fileOf(`${id}.mp4`))
        .digest('hex')
    )
    .sort()
