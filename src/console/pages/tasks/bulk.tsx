import '@mantine/core/styles/Checkbox.layer.css'
import { Button, Checkbox } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useCan } from '../../api/session.ts'
import type { Task } from '../../api/types/index.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import style from './tasks.module.css'

const CancelSeveral = lazy(() => import('./cancel-several.tsx'))

/** Which tasks are marked, of those that can still be cancelled. */
export function useMarks(rows: readonly Task[] | null) {
  const { t } = useText()
  const can = useCan()
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const marked = rows?.filter(({ id, state }) => ids.has(id) && isOpen(state)) ?? []

  function toggle(id: string) {
    const next = new Set(ids)
    if (!next.delete(id)) next.add(id)
    setIds(next)
  }

  return {
    marked,
    clear: () => setIds(new Set()),
    mark: ({ id, state, prompt }: Task) =>
      can('tasks:write') &&
      isOpen(state) && (
        <Checkbox
          size="xs"
          className={`${style.mark} ${marked.length ? style.marking : ''}`}
          aria-label={t.tasks.mark(prompt)}
          checked={ids.has(id)}
          onChange={() => toggle(id)}
        />
      )
  }
}

/** Floats above the foot of the page while tasks are marked. */
export function MarkBar({ marked, onClear }: { marked: readonly Task[]; onClear(): void }) {
  const { t } = useText()
  const [asks, setAsks] = useState(false)
  if (marked.length === 0) return null
  return (
    <div className={style.bar} role="region" aria-label={t.tasks.marked(marked.length)}>
      <span>{t.tasks.marked(marked.length)}</span>
      <Button variant="default" onClick={() => setAsks(true)}>
        {t.tasks.cancelMarked(marked.length)}
      </Button>
      <Button variant="subtle" color="gray" onClick={onClear}>
        {t.tasks.unmark}
      </Button>
      <Suspense>
        {asks && (
          <CancelSeveral
            count={marked.length}
            what={{ ids: marked.map(({ id }) => id) }}
            onClose={() => setAsks(false)}
            onDone={onClear}
          />
        )}
      </Suspense>
    </div>
  )
}
