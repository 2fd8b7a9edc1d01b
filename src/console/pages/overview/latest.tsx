import { Skeleton } from '@mantine/core'
import { Link } from 'wouter'
import type { Task } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Thumb } from '../../parts/thumb.tsx'
import { Ago } from '../../parts/time.tsx'
import type { OverviewData } from './data.ts'
import style from './latest.module.css'

const COUNT = 6

/** A strip of the latest videos. */
export function Latest({ query: { data, error } }: { query: OverviewData['overview'] }) {
  const { t } = useText()
  const latest = data?.answer.latest
  if (latest?.length === 0 || (!latest && error)) return null
  return (
    <section>
      <header className={style.head}>
        <h2>{t.overview.latest}</h2>
        <Link href="/tasks">{t.overview.allTasks}</Link>
      </header>
      <ul className={style.strip}>
        {latest
          ? latest.slice(0, COUNT).map(task => (
              <li key={task.id}>
                <One task={task} />
              </li>
            ))
          : Array.from({ length: COUNT }, (_, index) => (
              <li key={index} aria-hidden="true">
                <Skeleton className={style.frame} />
                <Skeleton width="80%" height={12} mt={11} mb={14} />
              </li>
            ))}
      </ul>
    </section>
  )
}

function One({ task }: { task: Task }) {
  const { t } = useText()
  const { id, prompt, model, state, created_at } = task
  const goesWell = state === 'succeeded' || state === 'running'
  return (
    <Link href={`/tasks/${id}`} className={style.one}>
      <Thumb task={task} kind="wide" />
      <span className={`cut ${style.prompt}`} title={prompt}>
        {prompt}
      </span>
      <span className={`cut ${style.facts}`}>
        {goesWell ? model : t.states[state]} · <Ago at={created_at} />
      </span>
    </Link>
  )
}
