import { z } from 'zod'
import { decimalPattern } from '../../../lib/money.ts'
import { parseIso } from '../../../lib/time.ts'

/* Fields of several resources of the admin API. */

export const durationPolicy = z.enum(['nearest', 'up', 'refuse']).nullable()

export const timezone = z.string().refine(name => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}, 'must be a time zone, e.g. UTC or Asia/Shanghai')

export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a currency code, e.g. USD')
export const amount = z.string().regex(decimalPattern, 'must be a decimal string, e.g. "10.00"')

/** Unix seconds, a date (`2026-11-24`: its start in UTC) or an ISO 8601 time; becomes milliseconds. */
export const moment = z
  .string()
  .transform(text => (/^\d{1,11}$/.test(text) ? Number(text) * 1000 : parseIso(text)))
  .refine(time => time !== undefined, 'must be Unix seconds, a date or an ISO 8601 time, e.g. 2026-11-24')
