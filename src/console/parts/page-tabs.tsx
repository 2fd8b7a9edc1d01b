import '@mantine/core/styles/Tabs.layer.css'
import { Tabs } from '@mantine/core'
import type { ReactNode } from 'react'
import style from './page-tabs.module.css'

interface Props<Name extends string> {
  /** what is chosen, for screen readers */
  label: string
  value: Name
  tabs: readonly { name: Name; label: string; count?: ReactNode }[]
  onChange(name: Name): void
  /** what the chosen tab shows */
  children: ReactNode
}

/** Parts of a page, one at a time. */
export function PageTabs<Name extends string>({ label, value, tabs, onChange, children }: Props<Name>) {
  return (
    // true because only these values were given
    <Tabs variant="none" value={value} onChange={name => onChange(name as Name)}>
      <Tabs.List className={style.list} aria-label={label}>
        {tabs.map(({ name, label: text, count }) => (
          <Tabs.Tab key={name} value={name} className={style.tab}>
            {text} {count !== undefined && <span className={style.count}>{count}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ name }) => (
        <Tabs.Panel key={name} value={name} className={style.panel}>
          {name === value && children}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
