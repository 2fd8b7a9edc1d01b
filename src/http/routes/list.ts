import { z } from 'zod'
import { integer } from '../parse.ts'

/* Lists with cursors as OpenAI's SDKs use them: the id of the last item. */

export const listQuery = z.object({
  after: z.string().max(200).optional(),
  limit: integer(0, 100).default(20),
  order: z.enum(['asc', 'desc']).default('desc')
})

export function page<Item extends { id: string }>(data: Item[], hasMore: boolean) {
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore }
}
