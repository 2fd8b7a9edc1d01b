/** The typical duration of each model's tasks. In memory only: a cache of finished tasks. `load` returns recent durations in seconds. */
export function createDurations({ load }: { load(model: string): Promise<number[]> }) {
  const KEEP = 50
  const times = new Map<string, number[]>()
  const loading = new Set<string>()

  function loadOnce(model: string) {
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
    /** Returns the median duration of a model's last finished tasks, in milliseconds; null while it is unknown. */
    typical(model: string): number | null {
      loadOnce(model)
      const known = times.get(model)
      if (!known?.length) return null
      return known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)]!
    },

    /** Adds the duration of a task that has just finished. */
    record(model: string, milliseconds: number) {
      times.set(model, [milliseconds, ...(times.get(model) ?? [])].slice(0, KEEP))
    }
  }
}

export type Durations = ReturnType<typeof createDurations>
