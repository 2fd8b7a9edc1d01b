/* Where the two documented formats are served. */

/** What all paths begin with: AzureOpenAI's clients omit the version, other programs the whole prefix. */
export const prefixes = ['/v1', '/openai/v1', '/openai', ''] as const

export type Family = '/videos' | '/video/generations'

/** The two documented families of paths. Every route of a video exists under both. */
export const families: readonly Family[] = ['/videos', '/video/generations']
