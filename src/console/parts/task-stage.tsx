import { Ban, CircleQuestionMark, ShieldAlert, TriangleAlert } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import { addressOf } from '../api/client.ts'
import type { Task } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import { useNow } from '../state/now.ts'
import { Player, Stage } from './player.tsx'
import { errorWord } from './status.tsx'
import style from './task-stage.module.css'

interface Props {
  task: Task
  /** which of several videos */
  number?: number
  /** how long the model usually takes, in milliseconds */
  usualMs?: number | null
  ref?: Ref<HTMLVideoElement>
}

/** What there is to see of a task: its place in the queue, how far it is, the video, or why there is none. */
export function TaskStage({ task, number = 0, usualMs = null, ref }: Props) {
  const { t, format } = useText()
  const now = useNow()
  const { id, state, progress, metadata, prompt } = task
  if (state === 'succeeded')
    return (
      <Player
        key={`${id} ${number}`}
        src={addressOf(`/v1/videos/${id}/content${number > 0 ? `?number=${number}` : ''}`)}
        label={prompt}
        {...(ref && { ref })}
      />
    )
  if (state === 'running')
    return (
      <Stage>
        <span className={style.percent}>{format.percent(progress / 100)}</span>
        <span className={style.track} aria-hidden="true">
          <span className={style.done} style={{ width: `${progress}%` }} />
        </span>
        <span className={style.note}>{leftText()}</span>
      </Stage>
    )
  if (state === 'waiting') {
    const wait = metadata.estimated_wait_seconds ?? null
    return (
      <Stage>
        <b className={style.title}>
          {metadata.queue_position === undefined ? t.stage.waiting : t.stage.place(metadata.queue_position)}
        </b>
        <span className={style.note}>
          {t.stage.busy}
          {wait !== null && t.stage.wait(format.duration(wait * 1000))}
        </span>
      </Stage>
    )
  }
  return <Without icon={iconOf(task)} title={titleOf()} note={noteOf()} />

  function leftText(): string {
    const elapsed = now - (task.started_at ?? task.created_at) * 1000
    const left = usualMs !== null ? usualMs - elapsed : progress >= 10 ? (elapsed * (100 - progress)) / progress : null
    if (left === null || elapsed < 0) return t.states.running
    return left > 1000 ? t.stage.left(format.duration(Math.ceil(left / 1000) * 1000)) : t.stage.soon
  }

  function titleOf(): string {
    if (state === 'needs_decision') return t.stage.undecided
    return state === 'cancelled' || !task.error ? t.states[state] : errorWord(t, task.error.code)
  }

  function noteOf(): string | null {
    if (state === 'needs_decision' || task.charged === null) return null
    const isFree = Number(task.charged.amount) === 0
    return isFree ? t.stage.nothingCharged : t.stage.charged(format.exactMoney(task.charged))
  }
}

function iconOf({ state, error }: Task): ReactNode {
  if (state === 'needs_decision') return <CircleQuestionMark aria-hidden="true" />
  if (state === 'cancelled') return <Ban aria-hidden="true" />
  return error?.code === 'content_policy_violation' ? (
    <ShieldAlert aria-hidden="true" />
  ) : (
    <TriangleAlert aria-hidden="true" />
  )
}

function Without({ icon, title, note }: { icon: ReactNode; title: string; note: string | null }) {
  return (
    <Stage>
      <span className={style.icon}>{icon}</span>
      <b className={style.title}>{title}</b>
      {note !== null && <span className={style.note}>{note}</span>}
    </Stage>
  )
}
