import { z } from 'zod'
import { errorCodes } from '../../../errors.ts'
import type { FailureKind } from '../../../vendors/vendor.ts'

/* Shapes that many answers share. An answer's object has exactly the fields of its shape; clients should accept more. */

/** Unix seconds. */
export const seconds = z.int()
export const milliseconds = z.int()

export const Money = z
  .object({
    amount: z.string().describe('A decimal, e.g. `"0.50"`. Never a float.'),
    currency: z.string().describe('ISO 4217, e.g. `USD`.')
  })
  .meta({ id: 'Money', description: 'An exact amount.', examples: [{ amount: '0.50', currency: 'USD' }] })

export const Named = z
  .object({ id: z.string(), name: z.string() })
  .meta({ id: 'Named', description: 'An object by its id and name. It may have been deleted since.' })

export const ManagedBy = z
  .object({ file: z.string(), line: z.int() })
  .meta({ id: 'ManagedBy', description: 'Where the configuration file defines it. It can only be changed there.' })

export const Warning = z.object({ field: z.string().describe('As the client named it.'), reason: z.string() }).meta({
  id: 'Warning',
  description: 'A field of the request that was changed or ignored, and why.',
  examples: [{ field: 'seconds', reason: 'kling-v1 makes 5 or 10 seconds; 5 is the nearest to 4' }]
})

// each kind once, or this does not compile
const kinds = {
  auth: 0,
  permission: 0,
  misconfigured: 0,
  invalid_request: 0,
  content_policy: 0,
  rate_limit: 0,
  concurrency_limit: 0,
  insufficient_balance: 0,
  not_found: 0,
  expired: 0,
  cancelled: 0,
  server: 0,
  unknown: 0
} satisfies Record<FailureKind, 0>

// true because they are the table's own names
export const failureKinds = Object.keys(kinds) as FailureKind[]

const damaged = z
  .array(z.string())
  .describe('Only on rows that are damaged in the database: the columns that cannot be read.')

/** For objects that are made of rows: which of their columns cannot be read. */
export const damage = { damaged: damaged.optional() }

const errorFields = {
  message: z.string().describe('What is wrong and what to do, for people.'),
  type: z.string(),
  param: z.string().nullable().describe('The field that is wrong.'),
  code: z.enum(errorCodes).describe('What programs should test.')
}

export const ApiErrorBody = z.object({ error: z.object(errorFields), ...errorFields }).meta({
  id: 'Error',
  description:
    'Every error has this body: nested in `error` as OpenAI’s clients read it, and flat as those of the unified format do.'
})

/** A page of a list with cursors. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable().describe('Send it as `after` to get the next page.'),
    has_more: z.boolean()
  })

/** A list that is always whole. */
export const wholeList = <Item extends z.ZodType>(item: Item) =>
  z.object({ object: z.literal('list'), data: z.array(item) })

/** What a DELETE answers. */
export const deleted = (what: string) =>
  z.object({ id: z.string(), object: z.literal(`${what}.deleted`), deleted: z.literal(true) })
