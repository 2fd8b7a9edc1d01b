import { z } from 'zod'
import { decimalPattern } from '../../../lib/money.ts'

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
