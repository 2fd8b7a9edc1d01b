import type { FastifyInstance } from 'fastify'
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { canonicalZone } from '../../../domain/budget.ts'
import { defined } from '../../../lib/defined.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { NamedLine, Usage } from '../../../admin/usage.ts'
import { usageGroups, usageSlices, type UsageGroup, type UsageSlice } from '../../../domain/usage.ts'
import { csvLine } from '../../../lib/csv.ts'
import { parse } from '../../parse.ts'
import { needs } from '../../plugins/caller.ts'
import { moment, timezone } from './fields.ts'

export interface UsageReportServices {
  usage: Usage
}

const id = z.string().min(1).max(200)

export const query = z.object({
  from: moment.optional(),
  to: moment.optional(),
  tz: timezone.default('UTC'),
  group_by: z
    .string()
    .default('')
    .transform(text => text.split(',').filter(Boolean))
    .pipe(
      z
        .array(z.enum(usageGroups, { error: `must be a comma-separated list of ${usageGroups.join(', ')}` }))
        .max(usageGroups.length)
        .refine(groups => slicesIn(groups).length <= 1, `can name only one of ${usageSlices.join(', ')}`)
    ),
  key: id.optional(),
  model: id.optional(),
  channel: id.optional(),
  format: z.enum(['json', 'csv']).optional()
})

/** Reports what was made and what it cost, as JSON or `text/csv`. */
export async function usageReportRoutes(app: FastifyInstance, { usage }: UsageReportServices) {
  app.get('/usage', needs('usage:read', query), async (request, reply) => {
    const { group_by: groups, format, tz, ...filter } = parse(query, request.query)
    const by = usageGroups.filter(name => groups.includes(name))
    const lines = await usage.report({ by, tz, ...defined(filter) })
    const wantsCsv = format ? format === 'csv' : /\btext\/csv\b/.test(request.headers.accept ?? '')
    if (wantsCsv)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="usage.csv"')
        .send(toCsv(lines, by, tz))
    return {
      object: 'list',
      data: lines.map(line => showLine(line, by, tz)),
      first_id: null,
      last_id: null,
      has_more: false
    }
  })
}

function slicesIn(groups: readonly UsageGroup[]): UsageSlice[] {
  return usageSlices.filter(slice => groups.includes(slice))
}

function showLine(line: NamedLine, by: readonly UsageGroup[], tz: string) {
  return {
    ...Object.fromEntries(by.map(name => [name, valueOf(line, name, tz)])),
    names: line.names,
    videos: line.videos,
    seconds: line.milliseconds / 1000,
    failed: line.failed,
    refused: line.refused,
    spent: { amount: toDecimal(line.spent), currency: line.currency }
  }
}

function valueOf(line: NamedLine, group: UsageGroup, tz: string): string | null {
  if (group === 'key' || group === 'model' || group === 'channel' || group === 'user') return line[group]
  return line.at === null ? null : timeName(line.at, group, tz)
}

/** A slice of time by the calendar of its zone: `2026-11`, `2026-11-23` (of a week: its Monday) or `2026-11-23T14:00+08:00`. */
function timeName(at: number, slice: UsageSlice, tz: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(canonicalZone(tz))
  if (slice === 'month') return time.toPlainDate().toPlainYearMonth().toString()
  if (slice !== 'hour') return time.toPlainDate().toString()
  const offset = tz === 'UTC' ? 'Z' : time.offset
  return `${time.toPlainDateTime().toString({ smallestUnit: 'minute' })}${offset}`
}

function toCsv(lines: readonly NamedLine[], by: readonly UsageGroup[], tz: string): string {
  const named = (name: UsageGroup) => name === 'key' || name === 'channel'
  const head = by.flatMap(name => (named(name) ? [name, `${name}_name`] : [name]))
  const rows = lines.map(line => [
    ...by.flatMap(name => [valueOf(line, name, tz), ...(named(name) ? [line.names[name] ?? null] : [])]),
    line.videos,
    line.milliseconds / 1000,
    toDecimal(line.spent),
    line.currency,
    line.refused,
    line.failed
  ])
  return [[...head, 'videos', 'seconds', 'spent', 'currency', 'refused', 'failed'], ...rows].map(csvLine).join('')
}
