import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Channel, Key, List, Model, TaskState } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { FilterBar } from '../../parts/filter-bar.tsx'
import { FilterChip } from '../../parts/filter-chip.tsx'
import { errorWord } from '../../parts/status.tsx'
import { isSet, nothing, ranges, statesOf, type Filters } from '../../state/task-filter.ts'

interface Props {
  url: Filters
  onChange(change: Partial<Filters>, options?: { replace?: boolean }): void
}

const costs = ['0.1', '0.5', '1', '5', '10']
const states: readonly TaskState[] = [
  'waiting',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'needs_decision',
  'refused'
]

/** The filters of the list. Those that only links set have a chip while they are set. */
export function Filters({ url, onChange }: Props) {
  const { t, format } = useText()
  const can = useCan()
  const models = useAll<Model>('models', can('models:read'))
  const channels = useAll<Channel>('channels', can('channels:read'))
  const keys = useAll<Key>('keys', can('keys:read'))
  const named = (rows: readonly { id: string; name: string }[]) =>
    rows.map(({ id, name }) => ({ value: id, label: name }))
  const chip = (name: 'model' | 'channel' | 'key' | 'error' | 'user' | 'vendor_code' | 'group') => ({
    name: t.tasks.filters[name],
    value: url[name] || null,
    onChange: (value: string | null) => onChange({ [name]: value ?? '' })
  })
  const absolute = [url.from, url.to].map(at => (at === null ? '' : format.moment(at))).join(' – ')

  return (
    <FilterBar
      search={{ label: t.tasks.find, value: url.q, onChange: q => onChange({ q }, { replace: true }) }}
      onClear={isSet(url) ? () => onChange(nothing) : undefined}
    >
      {!statesOf[url.view] && (
        <FilterChip
          name={t.tasks.filters.state}
          value={url.state.join(',') || null}
          shown={url.state.map(state => t.states[state as TaskState] ?? state).join(', ')} // others are shown as they are
          choices={states.map(state => ({ value: state, label: t.states[state] }))}
          onChange={state => onChange({ state: state === null ? [] : [state] })}
        />
      )}
      <FilterChip {...chip('model')} choices={models.map(({ name }) => ({ value: name, label: name }))} />
      <FilterChip {...chip('channel')} choices={named(channels)} />
      <FilterChip {...chip('key')} choices={named(keys)} />
      <FilterChip
        {...chip('error')}
        choices={Object.entries(t.errors).map(([value, label]) => ({ value, label }))}
        shown={url.error === '' ? undefined : errorWord(t, url.error)}
      />
      <FilterChip
        name={t.tasks.filters.time}
        value={url.range || (absolute === ' – ' ? null : absolute)}
        choices={ranges.map(range => ({ value: range, label: t.tasks.ranges[range] }))}
        onChange={range => onChange({ range: ranges.find(one => one === range) ?? '', from: null, to: null })}
      />
      <FilterChip
        name={t.tasks.filters.cost}
        value={url.min_cost || url.max_cost ? `${url.min_cost} ${url.max_cost}` : null}
        shown={costText()}
        choices={costs.map(cost => ({ value: cost, label: t.tasks.costFrom(format.number(Number(cost))) }))}
        onChange={cost => onChange({ min_cost: cost ?? '', max_cost: '' })}
      />
      {(['user', 'vendor_code', 'group'] as const).map(
        name => url[name] !== '' && <FilterChip key={name} {...chip(name)} choices={[]} />
      )}
    </FilterBar>
  )

  function costText(): string {
    const least = url.min_cost && t.tasks.costFrom(url.min_cost)
    const most = url.max_cost && t.tasks.costUpTo(url.max_cost)
    return [least, most].filter(Boolean).join(', ')
  }
}

/** What one can choose among: a hundred at most. */
function useAll<Row>(name: 'models' | 'channels' | 'keys', enabled: boolean): readonly Row[] {
  const { data } = useQuery({
    queryKey: [name, 'choices'],
    queryFn: ({ signal }) => get<List<Row>>(`/admin/${name}`, { limit: 100 }, signal),
    enabled,
    staleTime: 60_000
  })
  return data?.data ?? []
}
