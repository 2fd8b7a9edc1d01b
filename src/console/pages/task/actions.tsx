import { ActionIcon, Button } from '@mantine/core'
import { Ban, Clapperboard, Ellipsis, Link as LinkIcon, ReceiptText, RotateCcw, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { consoleBase } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { playgroundOf } from '../../parts/asked.ts'
import { useCopy } from '../../parts/copy.tsx'
import { Menu } from '../../parts/menu.tsx'
import type { Shown } from './data.ts'
import type { Asks } from './dialogs.tsx'

const Dialogs = lazy(() => import('./dialogs.tsx'))

/** What can be done with a task. One that nobody has decided on is not made again: it might be paid twice. */
export function Actions({ task }: { task: Shown }) {
  const { t } = useText()
  const can = useCan()
  const isMember = useSession().kind === 'member'
  const { copy, copied } = useCopy()
  const [asks, setAsks] = useState<Asks | null>(null)
  const writes = can('tasks:write')
  const changes = writes || isMember
  const open = isOpen(task.state)

  return (
    <>
      {open && changes && (
        <Button variant="default" leftSection={<Ban />} onClick={() => setAsks('cancel')}>
          {t.task.cancel}
        </Button>
      )}
      {!open && writes && task.state !== 'needs_decision' && (
        <Button variant="default" leftSection={<RotateCcw />} onClick={() => setAsks('rerun')}>
          {t.task.rerun}
        </Button>
      )}
      {changes && (
        <Button
          component={Link}
          href={playgroundOf(task)}
          variant={task.state === 'needs_decision' || open ? 'default' : 'filled'}
          leftSection={<Clapperboard />}
        >
          {t.task.toPlayground}
        </Button>
      )}
      <Menu
        label={t.parts.moreOptions}
        items={[
          {
            label: copied ? t.parts.copied : t.task.copyLink,
            icon: LinkIcon,
            stays: true,
            run: () => copy(new URL(`tasks/${task.id}`, consoleBase).href)
          },
          can('usage:write') && { label: t.task.correct, icon: ReceiptText, run: () => setAsks('correct') },
          changes && { label: t.task.delete, icon: Trash2, run: () => setAsks('delete') }
        ]}
        button={
          <ActionIcon variant="default" aria-label={t.parts.moreOptions}>
            <Ellipsis />
          </ActionIcon>
        }
      />

      <Suspense>{asks && <Dialogs task={task} asks={asks} onClose={() => setAsks(null)} />}</Suspense>
    </>
  )
}
