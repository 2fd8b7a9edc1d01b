/** Returns `work` that runs at most once in `ms` milliseconds of `now`: calls in between share the last outcome. */
export function atMostEvery<Result>(ms: number, now: () => number, work: () => Promise<Result>): () => Promise<Result> {
  let last: { at: number; outcome: Promise<Result> } | undefined
  return () => {
    // a clock that was set back must not keep it
    if (!last || Math.abs(now() - last.at) >= ms) last = { at: now(), outcome: work() }
    return last.outcome
  }
}
