import type { en } from './en/index.ts'

/** All words of the console. The other languages have this type: what is missing or too much in one does not compile. */
export type Words = typeof en
