import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { post, request } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Task } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Correction } from './correction.tsx'
import type { Shown } from './data.ts'

export type Asks = 'rerun' | 'cancel' | 'delete' | 'correct'

/** The question before an act. Loaded when it is wanted. */
export default function Dialogs({ task, asks, onClose }: { task: Shown; asks: Asks; onClose(): void }) {
  const { t, format } = useText()
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const isMember = useSession().kind === 'member'
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['task', task.id] }),
      client.invalidateQueries({ queryKey: ['tasks'] })
    ])

  if (asks === 'correct') return <Correction task={task} onClose={onClose} onDone={refresh} />
  if (asks === 'rerun')
    return (
      <Confirm
        opened
        title={t.task.rerunTitle}
        act={t.task.rerun}
        onClose={onClose}
        onConfirm={async () => {
          const made = await post<Task>(`/admin/tasks/${task.id}/rerun`)
          await client.invalidateQueries({ queryKey: ['tasks'] })
          navigate(`/tasks/${made.id}`)
        }}
      >
        {t.task.rerunText(task.key.name, task.price && format.exactMoney(task.price))}
      </Confirm>
    )
  if (asks === 'cancel')
    return (
      <Confirm
        opened
        title={t.task.cancelTitle}
        act={t.task.cancelAct}
        danger
        onClose={onClose}
        onConfirm={async () => {
          await post(`${isMember ? '/v1/videos' : '/admin/tasks'}/${task.id}/cancel`)
          await refresh()
        }}
      >
        {task.state === 'waiting' ? t.task.cancelWaiting : t.task.cancelRunning}
      </Confirm>
    )
  return (
    <Confirm
      opened
      title={t.task.deleteTitle}
      act={t.task.delete}
      danger
      onClose={onClose}
      onConfirm={async () => {
        await request('DELETE', `/v1/videos/${task.id}`)
        navigate('/tasks', { replace: true })
        client.removeQueries({ queryKey: ['task', task.id] })
        await client.invalidateQueries({ queryKey: ['tasks'] })
      }}
    >
      {t.task.deleteText}
    </Confirm>
  )
}
