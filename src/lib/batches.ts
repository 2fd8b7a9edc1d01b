interface Job<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Runs one batch at a time per name; items that arrive meanwhile wait and form the next batch. `work` returns one result per item, in the
 * same order; when it throws, every item of the batch fails.
 */
export function createBatches<Item, Result>(work: (name: string, items: Item[]) => Promise<Result[]>) {
  const waiting = new Map<string, Job<Item, Result>[]>()

  async function run(name: string, first: Job<Item, Result>) {
    for (let jobs = [first]; jobs.length; jobs = waiting.get(name) ?? []) {
      waiting.set(name, [])
      try {
        const results = await work(
          name,
          jobs.map(({ item }) => item)
        )
        for (const [index, { resolve }] of jobs.entries()) resolve(results[index]!)
      } catch (error) {
        for (const { reject } of jobs) reject(error)
      }
    }
    waiting.delete(name)
  }

  return (name: string, item: Item): Promise<Result> =>
    new Promise((resolve, reject) => {
      const job = { item, resolve, reject }
      const queue = waiting.get(name)
      if (queue) queue.push(job)
      else void run(name, job)
    })
}
