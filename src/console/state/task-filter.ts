import type { TaskFilter, TaskState } from '../api/types/index.ts'
import { choice, list, number, text, type ValuesOf } from './url.ts'

/* The filters of the list of tasks, as they are in the address. The page of a task reads them, too: to go to the next one of the list. */

export const views = ['all', 'open', 'failed', 'doubt', 'dear'] as const

export type View = (typeof views)[number]

export const ranges = ['1h', '24h', '7d', '30d'] as const

export const parameters = {
  view: choice(views, 'all'),
  q: text,
  state: list,
  model: text,
  channel: text,
  key: text,
  user: text,
  error: text,
  vendor_code: text,
  group: text,
  range: choice(['', ...ranges], ''),
  from: number,
  to: number,
  min_cost: text,
  max_cost: text,
  sort: choice(['', 'created', 'cost', 'duration'], ''),
  order: choice(['desc', 'asc'], 'desc')
}

export type Filters = ValuesOf<typeof parameters>

/** What "Clear all" sets; the view and the order stay. */
export const nothing: Partial<Filters> = {
  q: '',
  state: [],
  model: '',
  channel: '',
  key: '',
  user: '',
  error: '',
  vendor_code: '',
  group: '',
  range: '',
  from: null,
  to: null,
  min_cost: '',
  max_cost: ''
}

/** The states of a view; undefined: all. */
export const statesOf: Record<View, readonly TaskState[] | undefined> = {
  all: undefined,
  open: ['waiting', 'running'],
  failed: ['failed', 'refused'],
  doubt: ['needs_decision'],
  dear: undefined
}

/** What the view of expensive tasks begins at, in the currency of each. */
export const DEAR = '1'

const HOUR = 3600
const seconds: Record<(typeof ranges)[number], number> = {
  '1h': HOUR,
  '24h': 24 * HOUR,
  '7d': 7 * 24 * HOUR,
  '30d': 30 * 24 * HOUR
}

export const isSet = (url: Filters): boolean =>
  Object.entries(nothing).some(([name, empty]) => String(url[name as keyof Filters] ?? '') !== String(empty ?? '')) // its own names

export const sortOf = ({ sort, view }: Filters) => sort || (view === 'dear' ? 'cost' : 'created')

/** Returns what the API is asked. `view`: another one, for its count. `now`: milliseconds. */
export function filterOf(url: Filters, now: number, view: View = url.view): TaskFilter {
  const states = statesOf[view] ?? url.state
  return {
    ...(states.length > 0 && { state: states.join(',') }),
    ...Object.fromEntries(plain.flatMap(name => (url[name] ? [[name, url[name]]] : []))),
    ...timeOf(url, now),
    ...(view === 'dear' && url.min_cost === '' && { min_cost: DEAR })
  }
}

/** The same with the order of the list. */
export const searchOf = (url: Filters, now: number): TaskFilter => ({
  ...filterOf(url, now),
  sort: sortOf(url),
  order: url.order
})

const plain = ['q', 'model', 'channel', 'key', 'user', 'error', 'vendor_code', 'group', 'min_cost', 'max_cost'] as const

/** In steps of a sixtieth, so that it does not ask again all the time. */
function timeOf({ range, from, to }: Filters, now: number): Pick<TaskFilter, 'from' | 'to'> {
  if (range === '') return { ...(from !== null && { from }), ...(to !== null && { to }) }
  const step = seconds[range] / 60
  return { from: Math.floor(now / 1000 / step) * step - seconds[range] }
}
