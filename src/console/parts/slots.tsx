import { useText } from '../i18n/index.tsx'
import style from './slots.module.css'

interface Props {
  used: number
  /** null: no limit */
  total: number | null
  /** how many the vendor accepts now; the others are dashed */
  learned?: number | null
}

// beyond, figures alone
const MOST_CELLS = 12
// more are narrower
const FEW = 8

/** The slots of a channel: one cell for each. */
export function Slots({ used, total, learned = null }: Props) {
  const { t, format } = useText()
  if (total === null) return <span>{format.number(used)}</span>
  const cells = total <= MOST_CELLS ? Array.from({ length: total }, (_, index) => index) : []
  return (
    <span
      className={`${style.slots} ${cells.length > FEW ? style.many : ''}`}
      role="img"
      aria-label={t.parts.slotsUsed(used, total)}
    >
      {cells.map(index => (
        <span
          key={index}
          className={`${style.slot} ${index < used ? style.used : learned !== null && index >= learned ? style.refused : ''}`}
        />
      ))}
      <span className={cells.length ? style.figures : undefined}>
        {format.number(used)}/{format.number(total)}
      </span>
    </span>
  )
}
