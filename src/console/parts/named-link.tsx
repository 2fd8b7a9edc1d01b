import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Named } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'

interface Props {
  /** null: there is none, or it is not known */
  of: Named | null
  /** the page of its kind, opened at this one */
  page: 'keys' | 'channels'
  children?: ReactNode
}

/** The name of a key or a channel, with its id in the tooltip; leads to it. Deleted ones have a name, too. */
export function NamedLink({ of, page, children }: Props) {
  const { t } = useText()
  if (!of) return <span className="dim">{t.parts.unknown}</span>
  return (
    <Link href={`/${page}?open=${of.id}`} title={of.id}>
      {children ?? of.name}
    </Link>
  )
}
