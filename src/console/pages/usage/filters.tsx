import { useText } from '../../i18n/index.tsx'
import { FilterBar } from '../../parts/filter-bar.tsx'
import { FilterChip } from '../../parts/filter-chip.tsx'
import { useChoices, type Filter } from './data.ts'
import type { Window } from './range.ts'
import { nameOf } from './report.ts'

interface Props {
  window: Window
  filter: Filter
  onChange(change: Partial<Filter>): void
  onClear: (() => void) | undefined
}

/** Narrows the report to a key, a model, a channel. */
export function Filters({ window, filter, onChange, onClear }: Props) {
  return (
    <FilterBar onClear={onClear}>
      {(['key', 'model', 'channel'] as const).map(name => (
        <Chip key={name} name={name} window={window} filter={filter} onChange={onChange} />
      ))}
    </FilterBar>
  )
}

function Chip({ name, window, filter, onChange }: Omit<Props, 'onClear'> & { name: keyof Filter }) {
  const { t } = useText()
  const { data } = useChoices(window, name, filter)
  const known = Map.groupBy(data?.data ?? [], line => line[name] ?? '')
  known.delete('')
  const choices = [...known].map(([value, lines]) => ({
    value,
    label: lines.map(line => nameOf(line, name)).find(Boolean) ?? value,
    count: lines.reduce((sum, { videos }) => sum + videos, 0)
  }))
  const value = filter[name] || null
  // a menu of nothing
  if (data && choices.length === 0 && value === null) return null
  return (
    <FilterChip
      name={t.usage.groupings[name]}
      value={value}
      choices={choices.toSorted((a, b) => b.count - a.count)}
      onChange={chosen => onChange({ [name]: chosen ?? '' })}
    />
  )
}
