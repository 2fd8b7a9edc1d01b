import { z } from 'zod'
import { ApiError } from '../errors.ts'

/* Input is checked by zod schemas; every error names its field. */

/** Parses a value. Throws ApiError invalid_request with the dotted path of the first problem. `names`: what clients call fields of the schema. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  names: Readonly<Record<string, string>> = {}
): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const [top, ...inner] = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])].map(String)
  const param = [...(top === undefined ? [] : [names[top] ?? top]), ...inner].join('.')
  if (issue?.code === 'custom' && issue.params?.tooLarge)
    throw new ApiError('request_too_large', { param, message: `${param}: ${issue.message}.` })
  throw refuse(param, unknownKey === undefined ? (issue?.message ?? 'is not valid') : 'is not a known field')
}

/** Returns the 400 that names a field. `reason`: a phrase without a full stop, or without a field a sentence. */
export function refuse(param: string, reason: string): ApiError {
  return new ApiError('invalid_request', {
    param: param || undefined,
    message: param ? `${param}: ${reason}.` : reason
  })
}

/** A number, or a number as text, as forms and SDKs send it. */
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

/** A whole number within inclusive bounds. */
export const integer = (least: number, most: number) => numeric.pipe(z.number().int().min(least).max(most))
