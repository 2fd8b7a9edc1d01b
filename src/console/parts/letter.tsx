import style from './letter.module.css'

/** The first letter of a name, in a box, where a logo would stand. */
export const Letter = ({ of }: { of: string }) => (
  <span className={style.letter} aria-hidden="true">
    {of.slice(0, 1).toUpperCase()}
  </span>
)
