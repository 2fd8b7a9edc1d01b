import { z } from 'zod'

/* Parts of the schemas of answers. One malformed field must not lose the answer of a paid task, and only a real link may complete one. */

/** An http(s) address. */
export const link = z.string().regex(/^https?:\/\/[^/]/i)

/** A link that may still be null, absent or empty. */
export const linkOrNone = z.union([link, z.literal('')]).nullish()

/** An optional number; of another type it counts as absent. */
export const fact = z.number().nullish().catch(null)

/** An optional text; of another type it counts as absent. */
export const textFact = z.string().nullish().catch(null)
