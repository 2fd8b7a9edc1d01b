import style from './bars.module.css'

/** A small picture of how a number went; the last bar is now. The figures stand beside it, so it says nothing to screen readers. */
export function Bars({
  values,
  className = ''
}: {
  values: readonly (number | null)[]
  className?: string | undefined
}) {
  const highest = Math.max(...values.map(value => value ?? 0), 0)
  return (
    <span className={`${style.bars} ${className}`} aria-hidden="true">
      {values.map((value, index) => (
        // the place is what a bar is
        // oxlint-disable-next-line react/no-array-index-key
        <span
          key={index}
          className={style.bar}
          style={{ height: `${highest > 0 ? ((value ?? 0) / highest) * 100 : 0}%` }}
        />
      ))}
    </span>
  )
}
