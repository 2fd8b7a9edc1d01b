import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { addressOf, get, queryOf } from '../../api/client.ts'
import type { List, UsageLine } from '../../api/types/index.ts'
import { choice, text } from '../../state/url.ts'
import { rangeNames, windowBefore, zone, type Range, type Window } from './range.ts'
import { groupings, measures, type Grouping, type Measure } from './report.ts'

export const parameters = {
  range: choice<Range>(rangeNames, '30d'),
  by: choice<Grouping>(groupings, 'model'),
  show: choice<Measure>(measures, 'spent'),
  currency: text,
  key: text,
  model: text,
  channel: text
}

export interface Filter {
  key: string
  model: string
  channel: string
}

const path = '/admin/usage'

/** By day too: for the chart. */
const groupBy = (by: Grouping) => (by === 'day' ? 'day' : `${by},day`)

/** The lines of a report, and of the time before without groups. */
export function useReport(window: Window, by: Grouping, filter: Filter) {
  const report = useLines({ ...window, ...filter, group_by: groupBy(by), tz: zone })
  const before = useLines({ ...windowBefore(window), ...filter, tz: zone })
  return { report, before }
}

/** Who and what appears in the time of the report, for the menus of the filters. */
export function useChoices(window: Window, by: keyof Filter, filter: Filter) {
  return useLines({ ...window, ...filter, [by]: '', group_by: by, tz: zone })
}

function useLines(query: object) {
  return useQuery({
    queryKey: ['usage', query],
    queryFn: ({ signal }) => get<List<UsageLine>>(path, query, signal),
    placeholderData: keepPreviousData
  })
}

/** The address of exactly what is shown, as CSV. */
export const csvOf = (window: Window, by: Grouping, filter: Filter) =>
  addressOf(path) + queryOf({ ...window, ...filter, group_by: groupBy(by), tz: zone, format: 'csv' })
