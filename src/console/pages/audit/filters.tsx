import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { AuditEntry, List, Named } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { FilterBar } from '../../parts/filter-bar.tsx'
import { FilterChip } from '../../parts/filter-chip.tsx'
import { ranges, type Filters as Values } from './filter.ts'
import { targetTypes } from './sentence.tsx'

interface Props {
  filters: Values
  /** the entries that are shown: who made them can be chosen */
  rows: readonly AuditEntry[]
  onChange(change: Partial<Values>, options?: { replace: boolean }): void
  onClear: (() => void) | undefined
}

export function Filters({ filters: { who, what, target, range, from, to }, rows, onChange, onClear }: Props) {
  const { t, format } = useText()
  const words = t.audit
  const can = useCan()
  const users = useQuery({
    queryKey: ['users', 'names'],
    queryFn: ({ signal }) => get<List<Named>>('/admin/users', { limit: 100 }, signal),
    enabled: can('users:read')
  })
  const people = new Map<string, string>()
  for (const { id, name } of users.data?.data ?? []) people.set(id, name)
  for (const { actor } of rows) if (actor.id !== null) people.set(actor.id, actor.name ?? actor.id)
  const isOwnTime = range === '' && (from !== null || to !== null)

  return (
    <FilterBar
      search={{
        label: words.find,
        value: target,
        onChange: value => onChange({ target: value }, { replace: true })
      }}
      onClear={onClear}
    >
      <FilterChip
        name={words.who}
        value={who || null}
        shown={people.get(who)}
        choices={[...people].map(([value, label]) => ({ value, label }))}
        onChange={value => onChange({ who: value ?? '' })}
      />
      <FilterChip
        name={words.what}
        value={what || null}
        choices={targetTypes.map(value => ({ value, label: words.types[value] }))}
        onChange={value => onChange({ what: value ?? '' })}
      />
      <FilterChip
        name={words.time}
        value={isOwnTime ? 'own' : range || null}
        shown={isOwnTime ? [from, to].map(at => (at === null ? '' : format.day(at))).join(' – ') : undefined}
        choices={Object.keys(ranges).map(value => ({
          value,
          // true because they are the names of the ranges
          label: words.ranges[value as keyof typeof ranges]
        }))}
        onChange={value =>
          // as above
          onChange({ range: (value ?? '') as Values['range'], from: null, to: null })
        }
      />
    </FilterBar>
  )
}
