import { withoutTrailing } from './trailing.ts'

/**
 * Returns a path below a base URL. A version that both have is there once, and that of the path counts: `https://api.example.com/v1` and
 * `/v2/videos` are `https://api.example.com/v2/videos`. Elsewhere `v1` may be an id.
 */
export function joinUrl(baseUrl: string, path: string): string {
  const base = withoutTrailing(baseUrl, '/')
  const [prefix, before] = /^(\/(?:api|ent|openai))?\/v\d{1,2}(?=\/)/.exec(path) ?? []
  if (prefix === undefined) return base + path
  if (base.endsWith(prefix)) return base + path.slice(prefix.length)
  return before === undefined ? base.replace(/\/v\d{1,2}$/, '') + path : base + path
}
