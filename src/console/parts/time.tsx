import { useText } from '../i18n/index.tsx'
import { useNow } from '../state/now.ts'

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

/** `4m ago`; the full time, with its zone and in UTC, in the tooltip. `at`: Unix seconds. */
export function Ago({ at }: { at: number }) {
  const { format } = useText()
  const now = useNow()
  return (
    <time dateTime={iso(at)} title={format.fullMoment(at)}>
      {format.ago(at, now)}
    </time>
  )
}

/** A full time in the person's zone, UTC in the tooltip. `at`: Unix seconds. */
export function Moment({ at, only }: { at: number; only?: 'time' | 'day' }) {
  const { format } = useText()
  const write = only === 'time' ? format.time : only === 'day' ? format.day : format.moment
  return (
    <time dateTime={iso(at)} title={format.fullMoment(at)}>
      {write(at)}
    </time>
  )
}
