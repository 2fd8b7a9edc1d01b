import type { ReactNode } from 'react'
import style from './tag.module.css'

interface Props {
  tone?: 'plain' | 'accent' | 'warn' | 'bad'
  /** a hairline instead of a ground, for conditions */
  outlined?: boolean
  title?: string | undefined
  children: ReactNode
}

/** A short word on a ground of its own. */
export const Tag = ({ tone = 'plain', outlined = false, title, children }: Props) => (
  <span className={`${style.tag} ${style[tone]} ${outlined ? style.outlined : ''}`} title={title}>
    {children}
  </span>
)

/** The first of some names, and how many more there are. */
export function Tags({ names, most = 2 }: { names: readonly string[]; most?: number }) {
  const others = names.slice(most)
  return (
    <span className={style.tags}>
      {names.slice(0, most).map(name => (
        <Tag key={name} title={name}>
          {name}
        </Tag>
      ))}
      {others.length > 0 && (
        <span className="dim" title={others.join(', ')}>
          +{others.length}
        </span>
      )}
    </span>
  )
}
