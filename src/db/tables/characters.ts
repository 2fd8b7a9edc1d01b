import type { Columns } from '../columns.ts'
import type { ChannelsTables } from './channels.ts'
import type { PeopleTables } from './people.ts'

/** What was uploaded to be used in videos. */
export function charactersTables(
  { table, text, int }: Columns,
  { keys, channels }: Pick<ChannelsTables, 'channels'> & Pick<PeopleTables, 'keys'>
) {
  /** Characters that a channel's account has; written when its vendor has answered. */
  const characters = table('characters', {
    id: text('id').primaryKey(),
    keyId: text('key_id')
      .notNull()
      .references(() => keys.id),
    channelId: text('channel_id')
      .notNull()
      .references(() => channels.id),
    /** the vendor's id */
    upstreamId: text('upstream_id').notNull(),
    name: text('name').notNull(),
    createdAt: int('created_at').notNull()
  })

  return { characters }
}
