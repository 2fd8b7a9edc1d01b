interface Job<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * One piece of work at a time for each name: what comes meanwhile waits, and is then done together. `work` gives a result for each item, in
 * their order; when it throws, all of them fail.
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
      const line = waiting.get(name)
      if (line) line.push(job)
      else void run(name, job)
    })
}
