import { useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import type { TaskFilter } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'

interface Props {
  count: number
  what: { ids: string[] } | { filter: TaskFilter; expected_count: number }
  onClose(): void
  onDone?: () => void
}

/** Asks, then cancels several tasks. Loaded when it is wanted. */
export default function CancelSeveral({ count, what, onClose, onDone }: Props) {
  const { t } = useText()
  const client = useQueryClient()
  return (
    <Confirm
      opened
      title={t.tasks.cancelTitle(count)}
      act={t.tasks.cancelAct(count)}
      danger
      onClose={onClose}
      onConfirm={async () => {
        await post('/admin/tasks/cancel', what)
        await client.invalidateQueries({ queryKey: ['tasks'] })
        onDone?.()
      }}
    >
      {t.tasks.cancelText}
    </Confirm>
  )
}
