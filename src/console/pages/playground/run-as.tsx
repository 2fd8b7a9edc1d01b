import { UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Check, ChevronDown, KeyRound } from 'lucide-react'
import { get } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import type { Key, List } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Menu } from '../../parts/menu.tsx'
import style from './playground.module.css'

/** Whose models, budget and limits apply: the session's, or those of a key. */
export function RunAs({ as, onChange }: { as: string; onChange(as: string): void }) {
  const { t } = useText()
  const can = useCan()
  const { kind, key } = useSession()
  const { data } = useQuery({
    queryKey: ['keys', 'choices'],
    queryFn: ({ signal }) => get<List<Key>>('/admin/keys', { limit: 100 }, signal),
    enabled: kind !== 'member' && can('keys:read'),
    staleTime: 60_000
  })
  if (kind === 'member') return <span className="dim">{t.playground.runsAs(key?.name ?? '')}</span>
  const keys = data?.data.filter(({ disabled }) => !disabled) ?? []
  const name = as === '' ? t.playground.yourSession : (keys.find(({ id }) => id === as)?.name ?? as)
  return (
    <span className={style.runAs}>
      <span className="dim">{t.playground.runsAs('')}</span>
      <Menu
        label={t.playground.runsAs('')}
        align="start"
        width={260}
        items={[
          { label: t.playground.yourSession, right: as === '' && <Check />, run: () => onChange('') },
          keys.length > 0 && { heading: t.playground.asKey },
          ...keys.map(({ id, name: label }) => ({
            key: id,
            label,
            right: as === id && <Check />,
            run: () => onChange(id)
          }))
        ]}
        button={
          <UnstyledButton className={style.identity}>
            <KeyRound aria-hidden="true" />
            <span className="cut">{name}</span>
            <ChevronDown aria-hidden="true" />
          </UnstyledButton>
        }
      />
    </span>
  )
}
