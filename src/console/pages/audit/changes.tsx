import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { leavesOf, type Fields } from './leaves.ts'
import style from './audit.module.css'

const MOST = 3

/** The fields that changed, old → new; of what is new or gone, those that are set. */
export function Changes({ before, after }: { before: Fields | null; after: Fields | null }) {
  const { t, format } = useText()
  const [all, setAll] = useState(false)
  const [old, fresh] = [leavesOf(before, format.moment), leavesOf(after, format.moment)]
  const isChange = before !== null && after !== null
  const names = [...new Set([...old.keys(), ...fresh.keys()])].filter(name =>
    // the sentence says the name of what is new or gone
    isChange ? old.get(name) !== fresh.get(name) : name !== 'name' && isSet((fresh.get(name) ?? old.get(name))!)
  )
  const shown = all || names.length <= MOST + 1 ? names : names.slice(0, MOST)
  return (
    <div className={`mono ${style.changes}`}>
      {shown.map(name => (
        <div key={name}>
          <span className="dim">{name}</span>{' '}
          {before && <del className={style.old}>{old.get(name) ?? t.parts.unknown}</del>}
          {isChange && <span className="dim"> → </span>}
          {after && <ins className={style.new}>{fresh.get(name) ?? t.parts.unknown}</ins>}
        </div>
      ))}
      {shown.length < names.length && (
        <UnstyledButton className={style.more} onClick={() => setAll(true)}>
          {t.audit.more(names.length - shown.length)}
        </UnstyledButton>
      )}
    </div>
  )
}

const isSet = (text: string) => text !== 'false' && text !== ''
