import '@mantine/core/styles/Tabs.layer.css'
import { Tabs } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { CopyIcon } from './copy.tsx'
import { wordsOf, type Syntax } from './highlight.ts'
import style from './code.module.css'

export interface Snippet {
  name: string
  label: string
  text: string
  syntax: Syntax
}

interface Props {
  snippets: readonly Snippet[]
  /** the tab that is open; else the first at the start */
  open?: string
  onOpen?(name: string): void
}

/** Code in tabs, with a way to copy what is open. */
export function Code({ snippets, open, onOpen }: Props) {
  const [chosen, setChosen] = useState<string | null>(null)
  const current = snippets.find(({ name }) => name === (open ?? chosen)) ?? snippets[0]
  if (!current) return null
  return (
    <Tabs
      className={style.code}
      variant="none"
      value={current.name}
      onChange={name => {
        setChosen(name)
        if (name !== null) onOpen?.(name)
      }}
    >
      <div className={style.head}>
        <Tabs.List className={style.list}>
          {snippets.map(({ name, label }) => (
            <Tabs.Tab key={name} value={name} className={style.tab}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <CopyIcon text={current.text} />
      </div>
      {snippets.map(({ name, text, syntax }) => (
        <Tabs.Panel key={name} value={name}>
          {name === current.name && <Highlighted text={text} syntax={syntax} />}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

/** Code that scrolls sideways and can be reached by the keyboard to do so. */
function Highlighted({ text, syntax }: Pick<Snippet, 'text' | 'syntax'>) {
  const pieces: ReactNode[] = wordsOf(text, syntax).map(({ kind, text: piece }, index) =>
    kind === 'plain' ? (
      piece
    ) : (
      // the text does not change, so its place is what a piece is
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className={style[kind]}>
        {piece}
      </span>
    )
  )
  return (
    // a region that scrolls must be reachable
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={style.text} tabIndex={0}>
      {pieces}
    </pre>
  )
}
