/** What has been learned of each model's usual time, in milliseconds. Memory only: a cache of what the rows say. */
export function createDurations({ load }: { load(model: string): Promise<number[]> }) {
  const KEEP = 50
  const times = new Map<string, number[]>()
  const loading = new Set<string>()

  function recall(model: string) {
    if (times.has(model) || loading.has(model)) return
    loading.add(model)
    load(model)
      .then(seconds =>
        times.set(
          model,
          seconds.map(value => value * 1000)
        )
      )
      .catch(() => loading.delete(model))
  }

  return {
    /** The median of the last finished tasks; null while nothing is known. */
    typical(model: string): number | null {
      recall(model)
      const known = times.get(model)
      if (!known?.length) return null
      return known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)]!
    },

    record(model: string, milliseconds: number) {
      times.set(model, [milliseconds, ...(times.get(model) ?? [])].slice(0, KEEP))
    }
  }
}

export type Durations = ReturnType<typeof createDurations>
