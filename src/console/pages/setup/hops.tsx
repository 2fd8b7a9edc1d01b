import { CircleCheck, CircleDashed } from 'lucide-react'
import { useText } from '../../i18n/index.tsx'
import style from './hops.module.css'

const hops = ['slot', 'submitted', 'rendered', 'ready'] as const

export type Hop = (typeof hops)[number]

/** The way of a video through the gateway. `reached`: milliseconds after the start. */
export function Hops({ reached }: { reached: Partial<Record<Hop, number>> }) {
  const { t, format } = useText()
  return (
    <ol className={style.hops}>
      {hops.map(hop => {
        const after = reached[hop]
        return (
          <li key={hop} className={`${style.hop} ${after === undefined ? '' : style.done}`}>
            {after === undefined ? <CircleDashed aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
            <span>
              {t.setup.hops[hop]}
              <span className={style.after}>{after === undefined ? t.parts.unknown : format.duration(after)}</span>
            </span>
          </li>
        )
      })}
    </ol>
  )
}
