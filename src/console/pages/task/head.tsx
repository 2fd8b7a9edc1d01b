import { ActionIcon } from '@mantine/core'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { useText } from '../../i18n/index.tsx'
import { CopyIcon } from '../../parts/copy.tsx'
import { shortId } from '../../parts/id.tsx'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { usePhone } from '../../state/phone.ts'
import { useNeighbours } from './neighbours.ts'
import style from './task.module.css'

/** The way back to the list, the id, the way to the ones around it, and what can be done. */
export function Head({ id, children }: { id: string; children?: ReactNode }) {
  const { t, format } = useText()
  const isPhone = usePhone()
  const [, navigate] = useLocation()
  const { next, previous, back, place, count, capped } = useNeighbours(id)
  const go = (address: string | null) => {
    if (address !== null) navigate(address, { replace: true })
  }
  useShortcuts({ j: () => go(next), k: () => go(previous), Escape: () => navigate(back) })
  useEffect(() => {
    document.title = `${shortId(id)} · reelay`
  }, [id])

  return (
    <header className={style.head}>
      <h1 className={style.title}>
        <Link href={back} className={style.crumb}>
          {t.tasks.title}
        </Link>
        <span className="dim" aria-hidden="true">
          /
        </span>
        <span className={`mono cut ${style.id}`} title={id}>
          {isPhone ? shortId(id) : id}
        </span>
      </h1>
      <CopyIcon text={id} label={t.task.copyId} />
      <div className={style.acts}>
        {(next !== null || previous !== null) && (
          <span className={style.around}>
            {place !== null && count !== null && (
              <span className={`dim ${style.place}`}>
                {t.task.place(
                  format.number(place),
                  capped ? t.tasks.atLeast(format.number(count)) : format.number(count)
                )}
              </span>
            )}
            <ActionIcon
              aria-label={t.task.previous}
              title={`${t.task.previous} (K)`}
              disabled={previous === null}
              onClick={() => go(previous)}
            >
              <ChevronUp />
            </ActionIcon>
            <ActionIcon
              aria-label={t.task.next}
              title={`${t.task.next} (J)`}
              disabled={next === null}
              onClick={() => go(next)}
            >
              <ChevronDown />
            </ActionIcon>
          </span>
        )}
        {children}
      </div>
    </header>
  )
}
