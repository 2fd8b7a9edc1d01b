import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { defined } from '../../../lib/defined.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Usage } from '../../../admin/usage.ts'
import { usageGroups, type UsageGroup, type UsageLine } from '../../../domain/usage.ts'
import { csvLine } from '../../../lib/csv.ts'
import { parse } from '../../parse.ts'
import { needs } from '../../plugins/caller.ts'
import { moment } from './fields.ts'

export interface UsageReportServices {
  usage: Usage
}

const query = z.object({
  from: moment.optional(),
  to: moment.optional(),
  group_by: z
    .string()
    .default('')
    .transform(text => text.split(',').filter(Boolean))
    .pipe(
      z
        .array(z.enum(usageGroups, { error: 'must be a comma-separated list of key, model, channel, day' }))
        .max(usageGroups.length)
    ),
  format: z.enum(['json', 'csv']).optional()
})

/** Reports what was made and what it cost, as JSON or `text/csv`. */
export async function usageReportRoutes(app: FastifyInstance, { usage }: UsageReportServices) {
  app.get('/usage', needs('usage:read'), async (request, reply) => {
    const { from, to, group_by: groups, format } = parse(query, request.query)
    const by = usageGroups.filter(name => groups.includes(name))
    const lines = await usage.report({ by, ...defined({ from, to }) })
    const wantsCsv = format ? format === 'csv' : /\btext\/csv\b/.test(request.headers.accept ?? '')
    if (wantsCsv)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="usage.csv"')
        .send(toCsv(lines, by))
    return {
      object: 'list',
      data: lines.map(line => showLine(line, by)),
      first_id: null,
      last_id: null,
      has_more: false
    }
  })
}

function showLine(line: UsageLine, by: readonly UsageGroup[]) {
  return {
    ...groupsOf(line, by),
    videos: line.videos,
    seconds: line.milliseconds / 1000,
    refused: line.refused,
    spent: { amount: toDecimal(line.spent), currency: line.currency }
  }
}

const groupsOf = (line: UsageLine, by: readonly UsageGroup[]) =>
  Object.fromEntries(by.map(name => [name, name === 'day' && line.day !== null ? dayName(line.day) : line[name]]))

const dayName = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10)

function toCsv(lines: readonly UsageLine[], by: readonly UsageGroup[]): string {
  const rows = lines.map(line => [
    ...Object.values(groupsOf(line, by)),
    line.videos,
    line.milliseconds / 1000,
    toDecimal(line.spent),
    line.currency,
    line.refused
  ])
  return [[...by, 'videos', 'seconds', 'spent', 'currency', 'refused'], ...rows].map(csvLine).join('')
}
