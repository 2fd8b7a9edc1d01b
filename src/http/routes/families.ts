/** The two documented families of paths. Every route of a video exists under both. */
export const families = ['/videos', '/video/generations'] as const
