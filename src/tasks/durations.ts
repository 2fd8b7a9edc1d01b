/** The typical duration of each model's tasks. In memory only: a cache of finished tasks. `load` returns recent durations in seconds. */
export function createDurations({ load }: { load(model: string): Promise<number[]> }) {
  const KEEP = 50
  const times = new Map<string, number[]>()
  const loading = new Map<string, Promise<void>>()

  async function loadOnce(model: string): Promise<void> {
    if (times.has(model)) return
    const reading =
      loading.get(model) ??
      load(model).then(
        seconds =>
          void times.set(
            model,
            seconds.map(value => value * 1000)
          ),
        () => void loading.delete(model)
      )
    loading.set(model, reading)
    return reading
  }

  function typical(model: string): number | null {
    const known = times.get(model)
    if (!known?.length) return null
    return known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)]!
  }

  return {
    /** Returns the median duration of a model's last finished tasks, in milliseconds; null while it is unknown. */
    typical(model: string): number | null {
      void loadOnce(model)
      return typical(model)
    },

    /** The same, read first when this process does not know it. */
    async usual(model: string): Promise<number | null> {
      await loadOnce(model)
      return typical(model)
    },

    /** Adds the duration of a task that has just finished. */
    record(model: string, milliseconds: number) {
      times.set(model, [milliseconds, ...(times.get(model) ?? [])].slice(0, KEEP))
    }
  }
}

export type Durations = ReturnType<typeof createDurations>
