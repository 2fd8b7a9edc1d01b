import type { Task } from '../../db/index.ts'
import type { Results } from '../../files/results.ts'
import type { ByteBudget } from '../../lib/byte-budget.ts'
import { createSemaphore } from '../../lib/semaphore.ts'
import { INLINE_LIMIT_MB } from '../../fronts/shared/inline.ts'

/* A finished video inside an answer, in base64. */

const LIMIT = INLINE_LIMIT_MB * 1024 * 1024
// each is in memory twice, as bytes and as base64
const AT_ONCE = 4

interface Dependencies {
  results: Pick<Results, 'open'>
  /** of bodies: an answer with a video counts like one until it is sent */
  memory: ByteBudget
}

// how long an answer waits for memory
const WAIT_MS = 10_000

/** Whether answers for a task contain its video: its create asked for that. */
export const hasInlineVideo = ({ responseFormat, status }: Task) =>
  responseFormat === 'b64_json' && status === 'completed'

/** Returns video `number` of a task, `too large`, or null: it cannot be read now. The memory is counted until `signal` aborts. */
export type InlineReader = (task: Task, number: number, signal: AbortSignal) => Promise<Buffer | 'too large' | null>

export function createInlineReader({ results, memory }: Dependencies): InlineReader {
  const withPermit = createSemaphore(AT_ONCE)

  async function read(task: Task, number: number, signal: AbortSignal): Promise<Buffer | 'too large' | null> {
    const opened = await results.open(task, { variant: 'video', number, signal })
    if (!opened.ok) return null
    const { body, headers } = opened
    try {
      if (Number(headers['content-length'] ?? 0) > LIMIT) return 'too large'
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of body) {
        // true because the streams of files have no encoding
        chunks.push(chunk as Buffer)
        size += (chunk as Buffer).length
        if (size > LIMIT) return 'too large'
      }
      return Buffer.concat(chunks)
    } finally {
      body.destroy()
    }
  }

  return async (task, number, signal) => {
    const share = await memory.wait(task.keyId, LIMIT, WAIT_MS)
    const found = share && (await withPermit(() => read(task, number, signal)).catch(() => null))
    share?.shrink(Buffer.isBuffer(found) ? found.length * 2 : 0)
    signal.addEventListener('abort', () => share?.release())
    if (signal.aborted) share?.release()
    return found
  }
}
