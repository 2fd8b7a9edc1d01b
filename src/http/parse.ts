import { z } from 'zod'
import { ApiError } from '../errors.ts'

/* What comes from outside is checked by a zod schema; every complaint names its field. */

/** Runs a schema. Throws ApiError invalid_request with the dotted path of the first problem. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])].join('.')
  if (issue?.code === 'custom' && issue.params?.tooLarge)
    throw new ApiError('request_too_large', { param, message: `${param}: ${issue.message}` })
  throw refuse(param, unknownKey === undefined ? (issue?.message ?? 'is not valid') : 'is not a known field')
}

/** What is wrong with a field, as the 400 that names it. */
export function refuse(param: string, reason: string): ApiError {
  return new ApiError('invalid_request', { param: param || undefined, message: param ? `${param}: ${reason}` : reason })
}

/** A number, or a text that is one, as forms and SDKs send it. */
export const numeric = z.union(
  [
    z.number(),
    z
      .string()
      .trim()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number)
  ],
  { error: 'must be a number' }
)

/** A whole number within bounds, both included. */
export const integer = (least: number, most: number) => numeric.pipe(z.number().int().min(least).max(most))
