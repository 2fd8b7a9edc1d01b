import { writeFile } from 'node:fs/promises'
import type { Archive } from '../assets/archive.ts'
import { extensionOf } from '../lib/extension.ts'
import { BEGINNING } from '../lib/video-type.ts'
import type { StoreInline } from '../tasks/poll.ts'
import { factsOf } from './facts.ts'
import type { Incoming } from './incoming.ts'
import { judgeVideo } from './judge.ts'

/** Returns a function that stores videos which arrived inside answers: checked, by way of the disk, with what they say about themselves. */
export function createInlineStore({ files, incoming }: { files: Archive; incoming: Incoming }): StoreInline {
  return async (taskId, number, { base64, mimeType }) => {
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
}
