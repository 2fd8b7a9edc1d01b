import '@mantine/core/styles/Popover.layer.css'
import '@mantine/core/styles/Menu.layer.css'
import { ActionIcon, Button, Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Ban, Clapperboard, Ellipsis, Link as LinkIcon, ReceiptText, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { consoleBase, post, request } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import type { Task } from '../../api/types/index.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { playgroundOf } from '../../parts/asked.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { useCopy } from '../../parts/copy.tsx'
import { Correction } from './correction.tsx'
import type { Shown } from './data.ts'

type Asks = 'rerun' | 'cancel' | 'delete' | 'correct' | null

/** What can be done with a task. One that nobody has decided on is not made again: it might be paid twice. */
export function Actions({ task }: { task: Shown }) {
  const { t, format } = useText()
  const can = useCan()
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const isMember = useSession().kind === 'member'
  const { copy, copied } = useCopy()
  const [asks, setAsks] = useState<Asks>(null)
  const writes = can('tasks:write')
  const changes = writes || isMember
  const open = isOpen(task.state)
  const close = () => setAsks(null)
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['task', task.id] }),
      client.invalidateQueries({ queryKey: ['tasks'] })
    ])
  const price = task.price && format.exactMoney(task.price)

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

      <Confirm
        opened={asks === 'rerun'}
        title={t.task.rerunTitle}
        act={t.task.rerun}
        onClose={close}
        onConfirm={async () => {
          const made = await post<Task>(`/admin/tasks/${task.id}/rerun`)
          await client.invalidateQueries({ queryKey: ['tasks'] })
          navigate(`/tasks/${made.id}`)
        }}
      >
        {t.task.rerunText(task.key.name, price)}
      </Confirm>
      <Confirm
        opened={asks === 'cancel'}
        title={t.task.cancelTitle}
        act={t.task.cancelAct}
        danger
        onClose={close}
        onConfirm={async () => {
          await post(`${isMember ? '/v1/videos' : '/admin/tasks'}/${task.id}/cancel`)
          await refresh()
        }}
      >
        {task.state === 'waiting' ? t.task.cancelWaiting : t.task.cancelRunning}
      </Confirm>
      <Confirm
        opened={asks === 'delete'}
        title={t.task.deleteTitle}
        act={t.task.delete}
        danger
        onClose={close}
        onConfirm={async () => {
          await request('DELETE', `/v1/videos/${task.id}`)
          navigate('/tasks', { replace: true })
          client.removeQueries({ queryKey: ['task', task.id] })
          await client.invalidateQueries({ queryKey: ['tasks'] })
        }}
      >
        {t.task.deleteText}
      </Confirm>
      {asks === 'correct' && <Correction task={task} onClose={close} onDone={refresh} />}
    </>
  )
}
