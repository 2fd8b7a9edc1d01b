/** Milliseconds since 1970 of an ISO 8601 time; undefined when it is none. */
export function parseIso(text: string): number | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** `20250801T120000Z`, the basic format that signed requests use. */
export function basicStamp(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}
