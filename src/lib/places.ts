/** Lets every owner have at most `most` of something at once. */
export function createPlaces(most: number) {
  const taken = new Map<string, number>()

  return {
    most,

    /** Takes a place; returns what gives it back, or null: all of the owner's places are taken. */
    take(owner: string): (() => void) | null {
      const count = taken.get(owner) ?? 0
      if (count >= most) return null
      taken.set(owner, count + 1)
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        const left = taken.get(owner)! - 1
        if (left > 0) taken.set(owner, left)
        else taken.delete(owner)
      }
    }
  }
}

export type Places = ReturnType<typeof createPlaces>
