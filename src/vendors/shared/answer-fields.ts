import { z } from 'zod'

/* Pieces of answers' schemas. One odd field must not lose the answer of a paid task, and what is no link must not finish one. */

/** An http(s) address. */
export const link = z.string().regex(/^https?:\/\/[^/]/i)

/** A link, or where it will be: null, absent or empty. */
export const linkOrNone = z.union([link, z.literal('')]).nullish()

/** A number that is good to know; of another type it counts as absent. */
export const fact = z.number().nullish().catch(null)

/** A text that is good to know; of another type it counts as absent. */
export const textFact = z.string().nullish().catch(null)
