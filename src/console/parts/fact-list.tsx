import type { ReactNode } from 'react'
import style from './fact-list.module.css'

/** Names and values under each other; false ones are left out. */
export const FactList = ({ facts }: { facts: readonly (readonly [name: string, value: ReactNode] | false)[] }) => (
  <dl className={style.facts}>
    {facts
      .filter(fact => fact !== false)
      .map(([name, value]) => (
        <div key={name} className={style.fact}>
          <dt className="dim">{name}</dt>
          <dd className={style.value}>{value}</dd>
        </div>
      ))}
  </dl>
)
