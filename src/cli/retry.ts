import { setTimeout as sleep } from 'node:timers/promises'
import { Unreachable } from './client.ts'

const TRIES = 4

/** Repeats the work a few times when there is no answer: the network may come back. */
export async function withRetries<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Unreachable) || tries === TRIES) throw error
      await sleep(tries * 1000, undefined, signal && { signal })
    }
  }
}
