import { ChartColumn, ListVideo, Pause, Pencil, Play, RefreshCw, Trash2 } from 'lucide-react'
import { useCan } from '../../api/session.ts'
import type { Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'

export interface KeyActs {
  onRotate(key: Key): void
  onPause(key: Key): void
  onRevoke(key: Key): void
}

/** What can be done with a key; only what this session may do. */
export function KeyMenu({ of, acts }: { of: Key; acts: KeyActs }) {
  const { t } = useText()
  const can = useCan()
  const mayWrite = can('keys:write') && !of.revoked_at && !of.managed_by
  return (
    <RowMenu
      of={of.name}
      acts={[
        mayWrite && { label: t.keys.edit, icon: Pencil, to: `/keys?open=${of.id}` },
        can('tasks:read') && { label: t.keys.tasks, icon: ListVideo, to: `/tasks?key=${of.id}` },
        can('usage:read') && { label: t.keys.usage, icon: ChartColumn, to: `/usage?key=${of.id}` },
        mayWrite && { label: t.keys.rotate, icon: RefreshCw, run: () => acts.onRotate(of) },
        mayWrite && {
          label: of.disabled ? t.keys.resume : t.keys.pause,
          icon: of.disabled ? Play : Pause,
          run: () => acts.onPause(of)
        },
        mayWrite && { label: t.keys.revoke, icon: Trash2, run: () => acts.onRevoke(of) }
      ]}
    />
  )
}
