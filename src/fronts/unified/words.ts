import type { FrontVideo } from '../front.ts'
import { words as openaiWords } from '../openai/words.ts'

/* One object in two formats, which differ only in the words of `status` (api.md §3). */

export type Words = 'openai' | 'unified'

type StatusWords = Readonly<Record<FrontVideo['status'], string>>

/** Our statuses in the words of each format. */
const words = {
  unified: { queued: 'processing', in_progress: 'processing', completed: 'succeeded', failed: 'failed' },
  openai: openaiWords
} as const satisfies Record<Words, StatusWords>

/** Returns a status in the words of a format. */
export const statusWord = (status: FrontVideo['status'], of: Words) => words[of][status]
