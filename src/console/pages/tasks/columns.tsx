import { UnstyledButton } from '@mantine/core'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Task } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import type { Words } from '../../i18n/words.ts'
import { Cost } from '../../parts/cost.tsx'
import { shortId } from '../../parts/id.tsx'
import { errorWord, Status } from '../../parts/status.tsx'
import { RowLink, Two, type Column } from '../../parts/table.tsx'
import { Thumb } from '../../parts/thumb.tsx'
import { Ago } from '../../parts/time.tsx'
import type { Filters } from '../../state/task-filter.ts'
import { sizeText } from '../../parts/size.ts'
import style from './tasks.module.css'

type Sort = 'created' | 'cost' | 'duration'

interface Options {
  /** how wide the table is: what explains less gives way */
  room: 'all' | 'some' | 'little'
  /** of the address, behind the link of a row */
  search: string
  sort: Sort
  order: 'asc' | 'desc'
  onSort?: ((change: Partial<Filters>) => void) | undefined
  /** what lies above the picture of a row */
  mark?: ((task: Task) => ReactNode) | undefined
  /** of one key alone: it need not be said */
  own?: boolean
}

/** The columns of lists of tasks. */
export function useColumns({ room, search, sort, order, onSort, mark, own = false }: Options): Column<Task>[] {
  const { t, format } = useText()
  const head = (of: Sort, word: string) =>
    onSort ? (
      <SortHead word={word} sorted={sort === of ? order : null} onSort={next => onSort({ sort: of, order: next })} />
    ) : (
      word
    )
  const columns: (Column<Task> | false)[] = [
    {
      name: 'thumb',
      head: <span className="unseen">{t.tasks.picture}</span>,
      width: 104,
      cell: task => (
        <span className={style.thumb}>
          <Thumb task={task} />
          {mark?.(task)}
        </span>
      )
    },
    {
      name: 'prompt',
      head: t.tasks.prompt,
      cell: task => (
        <Two
          strong
          top={<RowLink to={`/tasks/${task.id}${search}`}>{task.prompt || t.tasks.noPrompt}</RowLink>}
          below={
            <>
              <span className="mono" title={task.id}>
                {shortId(task.id)}
              </span>{' '}
              {sizeText(task.size)}
            </>
          }
        />
      )
    },
    {
      name: 'status',
      head: t.tasks.status,
      width: 160,
      cell: task => <Two top={<Status state={task.state} progress={task.progress} />} below={reasonOf(task, t)} />
    },
    {
      name: 'model',
      head: t.tasks.madeBy,
      width: 152,
      cell: task => <Two top={task.model} below={own ? undefined : madeBy(task)} />
    },
    room === 'all' &&
      !own && {
        name: 'key',
        head: t.tasks.madeFor,
        width: 146,
        cell: task => <Two top={task.key.name} below={task.user} />
      },
    room !== 'little' && {
      name: 'took',
      head: head('duration', t.tasks.took),
      width: 98,
      end: true,
      cell: ({ duration_ms: ms }) =>
        ms === null ? <span className="dim">{t.parts.unknown}</span> : format.duration(ms)
    },
    !own && {
      name: 'cost',
      head: head('cost', t.tasks.cost),
      width: 84,
      end: true,
      cell: task => <Cost task={task} stacked />
    },
    {
      name: 'created',
      head: head('created', t.tasks.created),
      width: 104,
      end: true,
      cell: ({ created_at: at }) => (
        <span className={style.ago}>
          <Ago at={at} />
        </span>
      )
    }
  ]
  return columns.filter(column => column !== false)

  function madeBy({ channel, state, attempts_count: tries }: Task): ReactNode {
    if (!channel) return state === 'waiting' ? t.tasks.noChannel : undefined
    return tries > 1 ? `${channel.name} · ${t.tasks.tries(tries)}` : channel.name
  }
}

/** What a state means in this case: the place in the queue, why it failed. */
export function reasonOf({ state, metadata, error }: Task, t: Words): string | undefined {
  if (state === 'waiting' && metadata.queue_position !== undefined) return t.parts.queuePlace(metadata.queue_position)
  if (state === 'needs_decision') return t.errors.submit_outcome_unknown
  if ((state === 'failed' || state === 'refused') && error) return errorWord(t, error.code)
  return undefined
}

function SortHead({
  word,
  sorted,
  onSort
}: {
  word: string
  sorted: 'asc' | 'desc' | null
  onSort(order: 'asc' | 'desc'): void
}) {
  const { t } = useText()
  const Arrow = sorted === 'asc' ? ArrowUp : ArrowDown
  return (
    <UnstyledButton className={style.sort} onClick={() => onSort(sorted === 'desc' ? 'asc' : 'desc')}>
      {sorted && <Arrow aria-hidden="true" />}
      {word}
      {sorted && <span className="unseen">{t.tasks.sorted[sorted]}</span>}
    </UnstyledButton>
  )
}
