/** Returns the value that `share` (0 to 1) of the sorted numbers do not exceed; null: there are none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
