import { z } from 'zod'
import { integer } from '../parse.ts'

/* Lists with cursors as OpenAI's SDKs use them: the id of the last item. */

/**
 * Returns the query of a list of `what`, whose ids begin with `prefix`. The item of `after` need not be there: its id contains its time, so
 * a list goes on where it was while its items are deleted.
 */
export const listQuery = (prefix: 'video' | 'key' | 'whk' | 'dlv' | 'led', what: string) =>
  z.object({
    after: z
      .string()
      .regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), `must be the id of a ${what}`)
      .optional(),
    limit: integer(0, 100).default(20),
    order: z.enum(['asc', 'desc']).default('desc')
  })

export function page<Item extends { id: string }>(data: Item[], hasMore: boolean) {
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore }
}
