import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import type { Attempt } from '../db/index.ts'
import { retryDelay } from '../domain/policy.ts'
import { extensionOf, videoTypes } from '../lib/extension.ts'
import type { Films } from '../tasks/submit.ts'
import type { Opened } from '../upstream/download.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ProducedFile } from '../vendors/vendor.ts'
import { factsOf } from './facts.ts'
import type { Incoming } from './incoming.ts'
import { createMeter, mostBytes } from './limits.ts'
import { sizeOf, verify } from './verify.ts'

interface Dependencies {
  files: Archive
  incoming: Incoming
  /** the largest video that is stored, in MB */
  maxMB: number
  /** milliseconds at an even rate */
  monotonic(): number
  log: Logger
}

const FIRST_RETRY = 1000
const LONGEST_RETRY = 30_000
// an archive that is away for longer costs the video: its vendor has no link
const STORE_TRIES = 60

/**
 * Videos that are the answer to a submit itself: there is no second answer, so each is stored before anything is written of it, under a name that
 * follows from its attempt. A process that finds the attempt without an outcome finds the video by that name.
 */
export function createFilms({ files, incoming, maxMB, monotonic, log }: Dependencies): Films {
  const nameOf = ({ id, taskId }: Attempt, type: string) => `${taskId}/${id}.${extensionOf(type)}`

  async function save(path: string, { ok: _ok, ...file }: Opened & { ok: true }, seconds: number | null) {
    const opened = await verify({ ok: true, ...file }, { variant: 'video' })
    if (!opened.ok) throw new UpstreamError(`the vendor answered HTTP ${opened.status}`, { sent: true })
    const announced = sizeOf(opened.headers)
    const most = mostBytes(maxMB, announced, seconds)
    const count = createMeter({ most, now: monotonic })
    async function* counted(chunks: AsyncIterable<Buffer>) {
      if (announced !== null && announced > most) count(announced)
      for await (const chunk of chunks) {
        count(chunk.length)
        yield chunk
      }
    }
    await pipeline(opened.body, counted, createWriteStream(path))
    const { size: bytes } = await stat(path)
    const { isCutOff, ...facts } = await factsOf(path, opened.headers['content-type'] ?? 'video/mp4')
    if (isCutOff && announced === null) throw new Error(`the video is cut off after ${bytes} bytes`)
    return { bytes, facts }
  }

  async function store(name: string, path: string, bytes: number, type: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await files.put(name, path, bytes, type)
      } catch (error) {
        log.error({ name, tries, err: error }, 'submit: the video could not be stored')
        if (tries === STORE_TRIES) throw error
      }
      await sleep(retryDelay(tries, FIRST_RETRY, 0.5, LONGEST_RETRY))
    }
  }

  return {
    receive: (attempt, file, seconds) =>
      incoming.use(`${attempt.taskId}-${attempt.id}`, async path => {
        const { bytes, facts } = await save(path, file, seconds).catch((cause: unknown) => {
          file.body.destroy()
          if (cause instanceof UpstreamError) throw cause
          throw new UpstreamError(`the video in the answer was not stored: ${String(cause)}`, { sent: true, cause })
        })
        const stored = nameOf(attempt, facts.contentType)
        await store(stored, path, bytes, facts.contentType)
        return { at: { stored }, ...facts }
      }),

    async find(attempt): Promise<ProducedFile | null> {
      for (const type of videoTypes) {
        const stored = nameOf(attempt, type)
        const size = await files.size(stored)
        if (size === null) continue
        const facts = await incoming.use(`${attempt.taskId}-${attempt.id}`, async path => {
          await pipeline(await files.read(stored, { start: 0, end: size - 1 }), createWriteStream(path))
          return factsOf(path, type)
        })
        const { isCutOff: _isCutOff, ...known } = facts
        return { at: { stored }, ...known }
      }
      return null
    }
  }
}
