export type Fields = Record<string, unknown>

/** Returns the single values of nested fields by their paths, as texts: `prices[1].amount` → `0.112`. Null is left out. */
export function leavesOf(fields: Fields | null, writeTime: (seconds: number) => string): Map<string, string> {
  const leaves = new Map<string, string>()
  for (const [name, value] of Object.entries(fields ?? {})) add(name, value)
  return leaves

  function add(path: string, value: unknown) {
    if (value === null || value === undefined) return
    if (typeof value === 'number') leaves.set(path, path.endsWith('_at') ? writeTime(value) : String(value))
    else if (typeof value !== 'object') leaves.set(path, String(value))
    else if (Array.isArray(value) && !value.some(isObject)) leaves.set(path, value.join(', '))
    else if (Array.isArray(value)) for (const [index, one] of value.entries()) add(`${path}[${index}]`, one)
    else if (isBudget(value)) leaves.set(path, `${value.amount} ${value.currency} / ${value.window}`)
    else for (const [name, one] of Object.entries(value)) add(`${path}.${name}`, one)
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null

const isBudget = (value: object): value is { amount: string; currency: string; window: string } =>
  'amount' in value && 'currency' in value && 'window' in value
