import '@mantine/core/styles/Popover.layer.css'
import '@mantine/core/styles/Menu.layer.css'
import { ActionIcon, Button, Menu } from '@mantine/core'
import { Ban, Clapperboard, Ellipsis, Link as LinkIcon, ReceiptText, RotateCcw, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { consoleBase } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { playgroundOf } from '../../parts/asked.ts'
import { useCopy } from '../../parts/copy.tsx'
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
      <Menu position="bottom-end" shadow="none" width={220}>
        <Menu.Target>
          <ActionIcon variant="default" aria-label={t.parts.moreOptions}>
            <Ellipsis />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown aria-label={t.parts.moreOptions}>
          <Menu.Item
            leftSection={<LinkIcon />}
            closeMenuOnClick={false}
            onClick={() => copy(new URL(`tasks/${task.id}`, consoleBase).href)}
          >
            {copied ? t.parts.copied : t.task.copyLink}
          </Menu.Item>
          {can('usage:write') && (
            <Menu.Item leftSection={<ReceiptText />} onClick={() => setAsks('correct')}>
              {t.task.correct}
            </Menu.Item>
          )}
          {changes && (
            <Menu.Item leftSection={<Trash2 />} onClick={() => setAsks('delete')}>
              {t.task.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>

      <Suspense>{asks && <Dialogs task={task} asks={asks} onClose={() => setAsks(null)} />}</Suspense>
    </>
  )
}
