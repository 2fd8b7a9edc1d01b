import { UnstyledButton } from '@mantine/core'
import { useMergedRef } from '@mantine/hooks'
import { Maximize, Minimize, Pause, Play, Repeat2, Volume2, VolumeX } from 'lucide-react'
import { useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode, type Ref } from 'react'
import { useText } from '../i18n/index.tsx'
import { usePlayback } from './playback.ts'
import style from './player.module.css'

interface Props {
  src: string
  /** the prompt: what the video shows */
  label?: string
  poster?: string
  /** the first picture is there */
  onReady?: () => void
  /** for those who play several together */
  ref?: Ref<HTMLVideoElement>
}

/** Plays a video, muted and again and again from the start, with a bar of our own and keys: Space, ← →, `,` `.`, L, M, F. */
export function Player({ src, label, poster, onReady, ref }: Props) {
  const { t } = useText()
  const box = useRef<HTMLDivElement>(null)
  const [failed, setFailed] = useState(false)
  const { video, playing, loop, muted, full, at, duration, act, events } = usePlayback(box)
  const merged = useMergedRef(video, ref)

  function onKeyDown(event: KeyboardEvent) {
    // the slider has its own arrows
    const run = event.metaKey || event.ctrlKey || event.altKey ? undefined : keys[event.key]
    if (!run || (event.key === ' ' && event.target instanceof HTMLButtonElement)) return
    event.preventDefault()
    run(act)
  }

  if (failed) return <Stage>{t.player.failed}</Stage>
  return (
    // the keys are a second way: every button can be reached by itself
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div ref={box} className={style.player} role="group" aria-label={label ?? t.player.video} onKeyDown={onKeyDown}>
      <video
        ref={merged}
        className={style.video}
        src={src}
        poster={poster}
        autoPlay
        muted={muted}
        loop={loop}
        playsInline
        onClick={act.toggle}
        onError={() => setFailed(true)}
        onLoadedData={onReady}
        {...events}
      />
      <div className={style.bar}>
        <Control label={playing ? t.player.pause : t.player.play} onClick={act.toggle}>
          {playing ? <Pause fill="currentColor" /> : <Play fill="currentColor" />}
        </Control>
        <span className={style.time}>
          {clock(at)} / {clock(duration)}
        </span>
        <input
          className={style.seek}
          style={{ '--done': `${duration > 0 ? (at / duration) * 100 : 0}%` } as CSSProperties} // a variable of ours
          type="range"
          min={0}
          max={duration}
          step={0.01}
          value={at}
          aria-label={t.player.position}
          aria-valuetext={`${clock(at)} / ${clock(duration)}`}
          onChange={event => act.seek(Number(event.currentTarget.value))}
        />
        <Control label={loop ? t.player.loopOn : t.player.loopOff} on={loop} onClick={act.loop}>
          <Repeat2 />
        </Control>
        <Control label={muted ? t.player.sound : t.player.silence} onClick={act.mute}>
          {muted ? <VolumeX /> : <Volume2 />}
        </Control>
        <Control label={full ? t.player.leaveFullScreen : t.player.fullScreen} onClick={act.fullScreen}>
          {full ? <Minimize /> : <Maximize />}
        </Control>
      </div>
    </div>
  )
}

/** The place of a player before there is a video: a place in the queue, progress, a reason. */
export function Stage({ children }: { children: ReactNode }) {
  return (
    <div className={style.player}>
      <div className={style.message}>{children}</div>
    </div>
  )
}

function Control({
  label,
  on = false,
  onClick,
  children
}: {
  label: string
  on?: boolean
  onClick(): void
  children: ReactNode
}) {
  return (
    <UnstyledButton
      className={`${style.button} ${on ? style.on : ''}`}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      {children}
    </UnstyledButton>
  )
}

const FRAME = 1 / 24

const keys: Record<string, ((act: ReturnType<typeof usePlayback>['act']) => void) | undefined> = {
  ' ': act => act.toggle(),
  ArrowLeft: act => act.move(-1),
  ArrowRight: act => act.move(1),
  ',': act => act.move(-FRAME),
  '.': act => act.move(FRAME),
  l: act => act.loop(),
  m: act => act.mute(),
  f: act => act.fullScreen()
}

/** `0:04` */
function clock(seconds: number): string {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
