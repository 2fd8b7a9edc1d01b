import type { Task } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Cost } from '../../parts/cost.tsx'
import { Status } from '../../parts/status.tsx'
import { RowLink } from '../../parts/table.tsx'
import { Thumb } from '../../parts/thumb.tsx'
import { Ago } from '../../parts/time.tsx'
import style from './tasks.module.css'

/** A task in the lists of phones. */
export function PhoneRow({ task, search, own = false }: { task: Task; search: string; own?: boolean }) {
  const { t } = useText()
  return (
    <div className={style.phoneRow}>
      <Thumb task={task} kind="phone" />
      <div className={style.phoneText}>
        <div className={`cut ${style.phonePrompt}`}>
          <RowLink to={`/tasks/${task.id}${search}`}>{task.prompt || t.tasks.noPrompt}</RowLink>
        </div>
        <div className="cut small dim">{own ? task.model : `${task.model} · ${task.key.name}`}</div>
        <div className={style.phoneFoot}>
          <Status state={task.state} progress={task.progress} />
          <span className={`cut dim ${style.phoneFacts}`}>
            {!own && (
              <>
                <Cost task={task} /> ·{' '}
              </>
            )}
            <Ago at={task.created_at} />
          </span>
        </div>
      </div>
    </div>
  )
}
