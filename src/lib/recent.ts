import { LRUCache } from 'lru-cache'

/** Remembers the `most` values that were used last. Unlike an LRUCache with `max` it takes memory only for those that are there. */
export const createRecent = <Value extends object | number | string | boolean>(most: number) =>
  new LRUCache<string, Value>({ maxSize: most, sizeCalculation: () => 1 })
