/** Returns the milliseconds since 1970 of an ISO 8601 time, or of one as HTTP headers have it; undefined when the text is not one. */
export function parseIso(text: string): number | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** Returns `20250801T120000Z` for a time in milliseconds: the basic format of signed requests. */
export function basicStamp(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

/** Returns an ISO 8601 time in UTC for milliseconds since 1970. */
export const toIso = (time: number): string => new Date(time).toISOString()
