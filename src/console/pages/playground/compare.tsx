import { ActionIcon, Button } from '@mantine/core'
import { Download, ExternalLink, Play, Star } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { addressOf } from '../../api/client.ts'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Status } from '../../parts/status.tsx'
import { TaskStage } from '../../parts/task-stage.tsx'
import type { Shown } from '../task/data.ts'
import { CompareTable } from './compare-table.tsx'
import { createLockstep } from './lockstep.ts'
import { useEvents, type Refusal } from './run.ts'
import type { PlayModel } from './settings.ts'
import style from './compare.module.css'

interface Props {
  tasks: readonly Shown[]
  refused: readonly Refusal[]
  models: readonly PlayModel[]
  best: string
  onBest(id: string): void
}

/** Several models' videos of the same request, side by side. */
export function Compare({ tasks, refused, models, best, onBest }: Props) {
  const { t } = useText()
  const [films] = useState(createLockstep)
  const [together, setTogether] = useState(false)
  const done = tasks.filter(({ state }) => !isOpen(state)).length
  const playable = tasks.filter(({ state }) => state === 'succeeded').length
  const usual = (task: Shown) => models.find(({ id }) => id === task.model)?.usual_ms ?? null

  function toggle() {
    films.hold(!together)
    setTogether(!together)
  }

  return (
    <>
      <div className={style.head}>
        <span className="dim" aria-live="polite">
          {t.playground.doneOf(done, tasks.length)}
        </span>
        <Button
          variant={together ? 'light' : 'subtle'}
          {...(!together && { color: 'gray' })}
          leftSection={<Play />}
          disabled={playable === 0}
          aria-pressed={together}
          onClick={toggle}
        >
          {t.playground.together}
        </Button>
      </div>
      <div className={style.cards}>
        {tasks.map(task => (
          <section key={task.id} className={style.card} aria-label={task.model}>
            <Watch id={isOpen(task.state) ? task.id : null} />
            <TaskStage task={task} usualMs={usual(task)} ref={film => (film ? films.add(film) : undefined)} />
            <div className={style.cardFoot}>
              <b className="cut">{task.model}</b>
              <Status state={task.state} progress={task.progress} />
              <span className={style.acts}>
                {task.state === 'succeeded' && (
                  <ActionIcon
                    component="a"
                    href={addressOf(`/v1/videos/${task.id}/content`)}
                    download={`${task.id}.mp4`}
                    aria-label={t.playground.downloadOf(task.model)}
                  >
                    <Download />
                  </ActionIcon>
                )}
                <ActionIcon
                  component={Link}
                  href={`/tasks/${task.id}`}
                  aria-label={t.playground.openTaskOf(task.model)}
                >
                  <ExternalLink />
                </ActionIcon>
                <ActionIcon
                  className={best === task.id ? style.best : undefined}
                  aria-label={t.playground.bestIs(task.model)}
                  aria-pressed={best === task.id}
                  onClick={() => onBest(best === task.id ? '' : task.id)}
                >
                  <Star fill={best === task.id ? 'currentColor' : 'none'} />
                </ActionIcon>
              </span>
            </div>
          </section>
        ))}
        {refused.map(({ model, error }) => (
          <section key={model} className={style.card} aria-label={model}>
            <div className={style.refused}>
              <b>{model}</b>
              <Failure error={error} />
            </div>
          </section>
        ))}
      </div>
      {tasks.length > 0 && (
        <Card flush className={style.table}>
          <CompareTable tasks={tasks} models={models} />
        </Card>
      )}
    </>
  )
}

/** Follows one task; shows nothing. */
function Watch({ id }: { id: string | null }) {
  useEvents(id)
  return null
}
