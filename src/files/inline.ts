import { writeFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import { extensionOf } from '../lib/extension.ts'
import { BEGINNING } from '../lib/video-type.ts'
import type { StoreInline } from '../tasks/poll.ts'
import type { Bytes, ProducedFile } from '../vendors/vendor.ts'
import { factsOf } from './facts.ts'
import type { Incoming } from './incoming.ts'
import { judgeVideo } from './judge.ts'

interface Dependencies {
  files: Archive
  incoming: Incoming
  log: Logger
}

/** Returns a function that stores videos which arrived inside answers: checked, by way of the disk. Rows stay small, and say what the files say. */
export function createInlineStore({ files, incoming, log }: Dependencies): StoreInline {
  /** Returns where the video is and what it says about itself, or why it is not a video. */
  async function store(taskId: string, number: number, { base64, mimeType }: Bytes) {
    const bytes = Buffer.from(base64, 'base64')
    const verdict = judgeVideo(bytes.subarray(0, BEGINNING), mimeType)
    if ('problem' in verdict) return verdict
    return incoming.use(`${taskId}-${number}`, async path => {
      await writeFile(path, bytes)
      const { isCutOff: _isCutOff, ...facts } = await factsOf(path, verdict.type)
      const stored = `${taskId}/${number}.${extensionOf(verdict.type)}`
      await files.put(stored, path, bytes.length, verdict.type)
      return { at: { stored }, ...facts }
    })
  }

  return async (task, polled) => {
    if (polled.status !== 'succeeded') return polled
    const videos: ProducedFile[] = []
    for (const [number, video] of polled.videos.entries()) {
      const stored = 'data' in video.at ? await store(task.id, number, video.at.data) : {}
      if ('problem' in stored) {
        log.warn({ task: task.id, problem: stored.problem }, 'poll: unreadable answer')
        return { status: 'unchanged' }
      }
      videos.push({ ...video, ...stored })
    }
    const [first, ...others] = videos
    return { ...polled, videos: [first!, ...others] }
  }
}
