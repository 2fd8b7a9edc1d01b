import type { Step } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import style from './waterfall.module.css'

interface Props {
  steps: readonly Step[]
  /** the time now, for what has not ended; milliseconds */
  now: number
}

type Tone = 'waiting' | 'busy' | 'ok' | 'bad' | 'doubt'

// of the axis; beside narrow bars a text must have a place
const WIDE = 0.25
const NEAR_END = 0.6

/** What happened to a task, each step a bar on one time axis. */
export function Waterfall({ steps, now }: Props) {
  const { t, format } = useText()
  if (steps.length === 0) return null
  const start = Math.min(...steps.map(({ at_ms }) => at_ms))
  const end = Math.max(...steps.map(({ at_ms, ended_at_ms }) => ended_at_ms ?? Math.max(now, at_ms)), start + 1)
  const gap = gapOf(end - start)
  // ends with a line, so that the last bar has room
  const span = Math.ceil((end - start) / gap) * gap
  const ticks = Array.from({ length: Math.round(span / gap) + 1 }, (_, index) => index * gap)
  const place = (ms: number) => ms / span

  return (
    <div className={style.waterfall} role="list" aria-label={t.waterfall.label}>
      <div className={style.axis} aria-hidden="true">
        <span />
        <div className={style.lane}>
          {ticks.slice(0, -1).map(tick => (
            <span key={tick} className={style.tick} style={{ left: `${place(tick) * 100}%` }}>
              {clock(tick)}
            </span>
          ))}
        </div>
      </div>
      {steps.map(step => {
        const from = place(step.at_ms - start)
        const until = place((step.ended_at_ms ?? Math.max(now, step.at_ms)) - start)
        return (
          <div key={`${step.kind} ${step.at_ms} ${step.attempt}`} className={style.row} role="listitem">
            <div>
              <div className="cut">{t.waterfall[step.kind]}</div>
              {step.channel && <div className={`cut ${style.who}`}>{step.channel.name}</div>}
            </div>
            <div className={style.lane}>
              {ticks.map(tick => (
                <span key={tick} className={style.line} style={{ left: `${place(tick) * 100}%` }} />
              ))}
              <Bar from={from} until={until} tone={toneOf(step)} text={textOf(step)} />
            </div>
            <div className={style.took}>{format.duration((until - from) * span)}</div>
          </div>
        )
      })}
    </div>
  )

  function textOf({ note, count }: Step): string {
    return [note, count !== null && count > 0 ? t.waterfall.polls(count) : null].filter(Boolean).join(' · ')
  }
}

/** A bar with its text inside when it is wide, else beside it, on the left near the end of the axis. */
function Bar({ from, until, tone, text }: { from: number; until: number; tone: Tone; text: string }) {
  const width = until - from
  const inside = width >= WIDE && tone !== 'waiting' && tone !== 'doubt'
  const flipped = until > NEAR_END
  return (
    <>
      <span className={`${style.bar} ${style[tone]}`} style={{ left: `${from * 100}%`, width: `${width * 100}%` }}>
        {inside && text}
      </span>
      {!inside && text && (
        <span
          className={`cut ${style.note}`}
          title={text}
          style={
            flipped
              ? { right: `calc(${(1 - from) * 100}% + 8px)` }
              : { left: `calc(${until * 100}% + 10px)`, maxWidth: `calc(${(1 - until) * 100}% - 10px)` }
          }
        >
          {text}
        </span>
      )}
    </>
  )
}

/** By kind, and by what its note begins with: the status of an answer, or the outcome. */
function toneOf({ kind, note, ended_at_ms: ended }: Step): Tone {
  if (kind === 'queued') return 'waiting'
  if (kind === 'reconcile') return 'doubt'
  if (kind === 'submit' && (ended === null || note?.startsWith('unknown'))) return 'doubt'
  const status = Number(/^\d{3}\b/.exec(note ?? '')?.[0] ?? 0)
  if (status >= 400 || /^(rejected|refused|failed|absent|error)\b/.test(note ?? '')) return 'bad'
  // what is said of a video that ran is why it failed
  if (kind === 'running') return note === null || note === '' ? 'busy' : 'bad'
  return kind === 'poll' ? 'busy' : 'ok'
}

const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400].map(
  seconds => seconds * 1000
)

/** Milliseconds between two lines: three to six of them fit. */
const gapOf = (ms: number) => steps.find(step => ms / step <= 5) ?? steps.at(-1)!

/** `1:30`, of milliseconds. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
