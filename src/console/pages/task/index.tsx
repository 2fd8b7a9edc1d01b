import { Button, Skeleton } from '@mantine/core'
import { CircleQuestionMark } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { Link, useParams } from 'wouter'
import { RequestFailure } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { askedOf } from '../../parts/asked.ts'
import { Card } from '../../parts/card.tsx'
import { Code } from '../../parts/code.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { snippetsOf } from '../../parts/snippets.ts'
import { Status } from '../../parts/status.tsx'
import { Waterfall } from '../../parts/waterfall.tsx'
import { useNow } from '../../state/now.ts'
import { Actions } from './actions.tsx'
import { Asked } from './asked.tsx'
import { useTask, type Shown } from './data.ts'
import { Film } from './film.tsx'
import { Head } from './head.tsx'
import { Money } from './money.tsx'
import { Outcome } from './outcome.tsx'
import { Told } from './told.tsx'
import { Wire } from './wire.tsx'
import style from './task.module.css'

// few tasks need it
const Decision = lazy(() => import('./decision.tsx'))

/** Everything about one task, at an address of its own. */
export default function TaskPage() {
  const { id } = useParams<{ id: string }>()
  const { t } = useText()
  const { data: task, error, refetch } = useTask(id)

  if (error instanceof RequestFailure && error.status === 404)
    return (
      <>
        <Head id={id} />
        <Empty
          icon={CircleQuestionMark}
          title={t.task.missing}
          text={t.task.missingText}
          act={
            <Button component={Link} href="/tasks">
              {t.task.toTasks}
            </Button>
          }
        />
      </>
    )
  return (
    <>
      <Head id={id}>{task && <Actions task={task} />}</Head>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {task ? <Content key={id} task={task} /> : !error && <Loading />}
    </>
  )
}

function Content({ task }: { task: Shown }) {
  const { t, format } = useText()
  const now = useNow()
  const { timeline, ledger, deliveries, attempts, created_at: created, ended_at: ended } = task
  const isBad = task.state === 'failed' || task.state === 'refused'
  const hasMore = isBad || timeline !== undefined
  const took = ended === null ? null : format.duration((ended - created) * 1000)
  return (
    <div className={`${style.columns} ${hasMore ? '' : style.single}`}>
      <div className={style.column}>
        <div className={style.film}>
          <Film task={task} />
        </div>
        <Asked task={task} />
        <section className={style.part}>
          <h2>{t.task.code}</h2>
          <Code snippets={snippetsOf(askedOf(task))} />
        </section>
      </div>
      {hasMore && (
        <div className={style.column}>
          {task.state === 'needs_decision' && (
            <div className={style.urgent}>
              <Suspense fallback={<Skeleton height={280} radius="lg" />}>
                <Decision task={task} />
              </Suspense>
            </div>
          )}
          {isBad && (
            <div className={style.urgent}>
              <Outcome task={task} />
            </div>
          )}
          {timeline && timeline.length > 0 && (
            <Card
              title={t.task.happened}
              note={<Status state={task.state} progress={task.progress} />}
              side={
                took && (
                  <span className={style.took}>
                    {t.task[task.state === 'succeeded' ? 'toVideo' : 'endedAfter'](took)}
                  </span>
                )
              }
            >
              <Waterfall steps={timeline} now={now} />
            </Card>
          )}
          <div className={style.pair}>
            {ledger && <Money task={task} ledger={ledger} />}
            {deliveries && <Told taskId={task.id} deliveries={deliveries} />}
          </div>
          {attempts && <Wire task={task} attempts={attempts} />}
        </div>
      )}
    </div>
  )
}

function Loading() {
  const { t } = useText()
  return (
    <div className={style.columns} role="status" aria-label={t.parts.loading}>
      <div className={style.column}>
        <Skeleton className={style.stageSkeleton} radius="lg" />
        <Skeleton height={180} radius="lg" />
      </div>
      <div className={style.column}>
        <Skeleton height={300} radius="lg" />
        <Skeleton height={140} radius="lg" />
      </div>
    </div>
  )
}
