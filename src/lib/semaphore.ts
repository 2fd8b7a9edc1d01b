/** Runs at most `most` pieces of work at once; the others wait, first come, first served. */
export function createSemaphore(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let taken = 0

  return async work => {
    if (taken < most) taken++
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else taken--
    }
  }
}

export type Semaphore = ReturnType<typeof createSemaphore>
