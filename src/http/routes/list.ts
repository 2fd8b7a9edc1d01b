import { z } from 'zod'
import { integer } from '../parse.ts'

export { page } from '../../fronts/documented/page.ts'

/* Lists with cursors as OpenAI's SDKs use them: the id of the last item. */

/**
 * Returns the query of a list of `what`, whose ids begin with `prefix`. The item of `after` need not be there: its id contains its time, so
 * a list goes on where it was while its items are deleted.
 */
export const listQuery = (prefix: 'video' | 'key' | 'whk' | 'dlv' | 'led' | 'inc', what: string) =>
  z.object({
    after: z
      .string()
      .regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), `must be the id of a ${what}`)
      .optional(),
    limit: integer(0, 100).default(20),
    order: z.enum(['asc', 'desc']).default('desc')
  })

/** The query of a list of videos. */
export const videoQuery = listQuery('video', 'video')

/** The query of a list that is short enough to be read whole: the items after one, by its name or id. */
export const shortListQuery = z.object({
  after: z.string().min(1).max(200).optional(),
  limit: integer(0, 100).default(100)
})

/** Returns a page of such a list. `idOf`: what `after` names. */
export function pageOf<Item>(
  all: readonly Item[],
  { after, limit }: z.infer<typeof shortListQuery>,
  idOf: (item: Item) => string
) {
  const found = all.findIndex(item => idOf(item) === after)
  const from = after === undefined ? 0 : found === -1 ? all.length : found + 1
  return { items: all.slice(from, from + limit), hasMore: from + limit < all.length }
}
