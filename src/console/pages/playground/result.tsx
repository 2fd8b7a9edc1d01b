import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Download, ExternalLink, Link as LinkIcon, RotateCcw, X } from 'lucide-react'
import { Link } from 'wouter'
import { addressOf, consoleBase, post } from '../../api/client.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Cost } from '../../parts/cost.tsx'
import { Status } from '../../parts/status.tsx'
import { TaskStage } from '../../parts/task-stage.tsx'
import type { Shown } from '../task/data.ts'
import { sizeText } from '../../parts/size.ts'
import style from './playground.module.css'

interface Props {
  task: Shown
  usualMs: number | null
  onAgain(): void
}

/** The one video on the stage, what it is, and what can be done with it. */
export function Result({ task, usualMs, onAgain }: Props) {
  const { t, format } = useText()
  const client = useQueryClient()
  const quiet = { variant: 'subtle', color: 'gray' } as const
  const isDone = task.state === 'succeeded'
  const took = task.ended_at === null ? null : format.duration((task.ended_at - task.created_at) * 1000)
  const facts = [task.seconds && format.length(Number(task.seconds)), sizeText(task.size), took].filter(Boolean)
  return (
    <>
      <TaskStage task={task} usualMs={usualMs} />
      <div className={style.resultLine}>
        <Status state={task.state} progress={task.progress} />
        {!isOpen(task.state) && (
          <span className={style.facts}>
            {facts.join(' · ')}
            {task.charged && (
              <>
                {' · '}
                <b>
                  <Cost task={task} exact />
                </b>
              </>
            )}
          </span>
        )}
        {isOpen(task.state) && (
          <Button
            {...quiet}
            className={style.end}
            leftSection={<X />}
            onClick={() => {
              const refresh = () => client.invalidateQueries({ queryKey: ['task', task.id] })
              void post(`/v1/videos/${task.id}/cancel`).then(refresh, refresh)
            }}
          >
            {t.parts.cancel}
          </Button>
        )}
      </div>
      <div className={style.resultActs}>
        {isDone && (
          <>
            <Button
              {...quiet}
              component="a"
              leftSection={<Download />}
              href={addressOf(`/v1/videos/${task.id}/content`)}
              download={`${task.id}.mp4`}
            >
              {t.task.download}
            </Button>
            <CopyButton {...quiet} leftSection={<LinkIcon />} text={new URL(`tasks/${task.id}`, consoleBase).href}>
              {t.task.copyLink}
            </CopyButton>
          </>
        )}
        {!isOpen(task.state) && (
          <Button {...quiet} leftSection={<RotateCcw />} onClick={onAgain}>
            {t.playground.another}
          </Button>
        )}
        <Button {...quiet} component={Link} href={`/tasks/${task.id}`} leftSection={<ExternalLink />}>
          {t.playground.openTask}
        </Button>
      </div>
    </>
  )
}
