import { ListVideo, Pencil, Power, Trash2, Zap } from 'lucide-react'
import { useCan } from '../../api/session.ts'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'

export interface ChannelActs {
  onTest(channel: Channel): void
  onSwitch(channel: Channel): void
  onDelete(channel: Channel): void
}

/** Whether a channel may be changed here: not what a file says, and nothing that is deleted. */
export const isOurs = (channel: Channel) => !channel.managed_by && !channel.deleted_at

/** What can be done with a channel; only what this session may do. */
export function ChannelMenu({ of, acts }: { of: Channel; acts: ChannelActs }) {
  const { t } = useText()
  const can = useCan()
  const mayWrite = can('channels:write') && isOurs(of)
  return (
    <RowMenu
      of={of.name}
      acts={[
        { label: mayWrite ? t.channels.edit : t.channels.see, icon: Pencil, to: `/channels?open=${of.id}` },
        can('tasks:read') && { label: t.channels.tasks, icon: ListVideo, to: `/tasks?channel=${of.id}` },
        can('channels:write') && !of.deleted_at && { label: t.channels.test, icon: Zap, run: () => acts.onTest(of) },
        mayWrite && {
          label: of.disabled ? t.channels.enable : t.channels.disable,
          icon: Power,
          run: () => acts.onSwitch(of)
        },
        mayWrite && !of.built_in && { label: t.channels.delete, icon: Trash2, run: () => acts.onDelete(of) }
      ]}
    />
  )
}
