import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Note } from '../../parts/note.tsx'
import { errorWord, Status } from '../../parts/status.tsx'
import type { Shown } from './data.ts'
import style from './outcome.module.css'

/** Why there is no video: in our words, what to do, what it cost, and the vendor's own words. */
export function Outcome({ task: { state, error, charged, attempts, channel } }: { task: Shown }) {
  const { t, format } = useText()
  const code = error?.code ?? 'generation_failed'
  const failure = attempts?.findLast(attempt => attempt.failure !== null)?.failure ?? null
  const advice: Readonly<Record<string, string>> = t.task.advice
  const said = failure
    ? [failure.message, failure.code && `(${failure.code})`].filter(Boolean).join(' ')
    : error?.message
  const cost =
    charged === null
      ? null
      : Number(charged.amount) === 0
        ? t.stage.nothingCharged
        : t.stage.charged(format.exactMoney(charged))
  return (
    <Card>
      <div className={style.outcome}>
        <Status state={state} />
        <h2>{errorWord(t, code)}</h2>
        <span className="mono dim small">{code}</span>
      </div>
      <p className={style.advice}>
        {state === 'refused' && `${t.task.refusedAtOnce} `}
        {Object.hasOwn(advice, code) ? advice[code] : t.task.noAdvice} {cost}
      </p>
      {said && (
        <Note>
          {channel ? t.task.said(channel.name) : t.task.message} <span className={`mono ${style.said}`}>{said}</span>
        </Note>
      )}
    </Card>
  )
}
