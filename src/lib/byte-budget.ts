/* Bytes that are in memory at once: bounded in sum and per owner, so that no owner can fill the memory or take it from all others. */

/** Bytes that an owner has taken. */
export interface Share {
  /** Takes more bytes, or returns false: they do not fit now. */
  grow(bytes: number): boolean
  /** Gives back what is not needed: `bytes` stay. */
  shrink(bytes: number): void
  /** Gives everything back; a second call does nothing. */
  release(): void
}

/** In bytes. */
interface Limits {
  total: number
  each: number
  /** how many of an owner may wait at once */
  maxWaiting?: number
}

interface Waiter {
  owner: string
  bytes: number
  resume(share: Share): void
}

/** Shares out `total` bytes, at most `each` to one owner. */
export function createByteBudget({ total, each, maxWaiting = Infinity }: Limits) {
  const taken = new Map<string, number>()
  const waiting = new Set<Waiter>()
  let sum = 0

  const fits = (owner: string, bytes: number) =>
    bytes === 0 || (sum + bytes <= total && (taken.get(owner) ?? 0) + bytes <= each)

  function add(owner: string, bytes: number) {
    sum += bytes
    const left = (taken.get(owner) ?? 0) + bytes
    if (left > 0) taken.set(owner, left)
    else taken.delete(owner)
    if (bytes < 0) for (const one of waiting) if (fits(one.owner, one.bytes)) one.resume(give(one.owner, one.bytes))
  }

  function give(owner: string, bytes: number): Share {
    let own = bytes
    add(owner, bytes)
    const shrink = (left: number) => {
      const gone = Math.max(0, own - left)
      own -= gone
      if (gone > 0) add(owner, -gone)
    }
    return {
      grow(more) {
        if (!fits(owner, more)) return false
        own += more
        add(owner, more)
        return true
      },
      shrink,
      release: () => shrink(0)
    }
  }

  /** Takes bytes now; null when they do not fit. More than one owner may have counts as all that it may have. */
  const take = (owner: string, bytes: number): Share | null => {
    const most = Math.min(bytes, each)
    return fits(owner, most) ? give(owner, most) : null
  }

  return {
    take,

    /** Takes bytes, and waits up to `ms` for them; null when they did not become free, or too many of the owner's wait already. */
    async wait(owner: string, bytes: number, ms: number): Promise<Share | null> {
      const now = take(owner, bytes)
      if (now || [...waiting].filter(one => one.owner === owner).length >= maxWaiting) return now
      return new Promise(resolve => {
        const waiter: Waiter = { owner, bytes: Math.min(bytes, each), resume: done }
        const timer = setTimeout(() => done(null), ms)
        waiting.add(waiter)
        function done(share: Share | null) {
          clearTimeout(timer)
          waiting.delete(waiter)
          resolve(share)
        }
      })
    },

    /** Whether the owner itself has taken too much for these bytes, rather than all owners together. */
    isOver: (owner: string, bytes: number) => (taken.get(owner) ?? 0) + bytes > each,

    /** The bytes that are taken. */
    size: () => sum
  }
}

export type ByteBudget = ReturnType<typeof createByteBudget>
