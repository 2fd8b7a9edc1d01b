import { Ban, CircleQuestionMark, Film, Hourglass, ImageOff } from 'lucide-react'
import { useRef, useState } from 'react'
import { addressOf } from '../api/client.ts'
import type { Task, TaskState } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import { useFrame } from '../state/frames.ts'
import { useVisible } from '../state/visible.ts'
import style from './thumb.module.css'

type Shown = Pick<Task, 'id' | 'state' | 'progress' | 'seconds' | 'size' | 'thumbnail_url'>

interface Props {
  task: Shown
  /** `row` in tables, `phone` in the lists of phones, `wide` as broad as its place */
  kind?: 'row' | 'phone' | 'wide'
}

const icons: Record<TaskState, typeof Film> = {
  waiting: Hourglass,
  running: Film,
  succeeded: Film,
  failed: ImageOff,
  refused: ImageOff,
  cancelled: Ban,
  needs_decision: CircleQuestionMark
}

/** The picture of a task: its frame, which plays while the pointer is on it, else what is going on. Never a broken picture. */
export function Thumb({ task, kind = 'row' }: Props) {
  const { format } = useText()
  const place = useRef<HTMLSpanElement>(null)
  const [plays, setPlays] = useState(false)
  const [broken, setBroken] = useState(false)
  const done = task.state === 'succeeded'
  const visible = useVisible(place)
  const drawn = useFrame(task.id, done && visible && (task.thumbnail_url === null || broken))
  const picture = !done ? null : task.thumbnail_url !== null && !broken ? addressOf(pathOf(task.thumbnail_url)) : drawn
  const contained = isPortrait(task.size)

  return (
    <span
      ref={place}
      className={`${style.thumb} ${style[kind]}`}
      onPointerEnter={event => setPlays(done && event.pointerType === 'mouse')}
      onPointerLeave={() => setPlays(false)}
    >
      {picture === null ? (
        <Without task={task} kind={kind} />
      ) : (
        <>
          {contained && <img className={style.blur} src={picture} alt="" />}
          <img
            className={`${style.picture} ${contained ? style.contained : ''}`}
            src={picture}
            alt=""
            loading="lazy"
            onError={() => setBroken(true)}
          />
        </>
      )}
      {plays && (
        <video
          className={`${style.film} ${contained ? style.contained : ''}`}
          src={addressOf(`/v1/videos/${task.id}/content`)}
          muted
          loop
          autoPlay
          playsInline
        />
      )}
      {done && task.seconds !== null && <span className={style.length}>{format.length(Number(task.seconds))}</span>}
    </span>
  )
}

function Without({ task: { state, progress }, kind }: { task: Shown; kind: string }) {
  const { format } = useText()
  const Icon = icons[state]
  if (kind === 'wide' && state === 'running')
    return (
      <span className={`${style.none} ${style.stage}`}>
        <span className={style.progress}>
          {format.percent(progress / 100)}
          <span className={style.track}>
            <span className={style.done} style={{ display: 'block', width: `${progress}%` }} />
          </span>
        </span>
      </span>
    )
  return (
    <span className={style.none}>
      <Icon aria-hidden="true" />
      {state === 'running' && <span className={style.foot} style={{ width: `${progress}%` }} />}
    </span>
  )
}

/** The server may name its own origin; ours is the one that the content policy allows. */
const pathOf = (url: string) => (url.startsWith('/') ? url : new URL(url).pathname + new URL(url).search)

function isPortrait(size: string | null): boolean {
  const [width = 0, height = 0] = (size ?? '').split('x').map(Number)
  return height > 0 && width / height < 1.3
}
