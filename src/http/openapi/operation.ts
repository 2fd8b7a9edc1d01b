import type { z } from 'zod'
import type { Permission } from '../../domain/permissions.ts'
import type { ErrorCode } from '../../errors.ts'
import type { headers } from './parameters.ts'

/* What the reference says of one route. The tables in operations/ have one entry for each; document.ts makes OpenAPI of them. */

/**
 * `key`: an API key or a session. `link`: that, or the signature of a link. `admin`: an admin key or the session of a user. `session`: the
 * cookie of the console alone. `console`: public, but from the console's own origin only.
 */
type Access = 'public' | 'key' | 'link' | 'admin' | 'session' | 'console'

export interface Operation {
  /** unique; generators name functions after it */
  id: string
  summary: string
  /** Markdown */
  description?: string
  access: Access
  /** as the route declares it */
  needs?: Permission
  query?: z.ZodObject
  headers?: readonly (keyof typeof headers)[]
  body?: Body
  /** by status; errors are in `errors` */
  answers: Readonly<Record<number, Answer>>
  /** besides those that follow from the method, the path and `access` */
  errors?: readonly ErrorCode[]
  /** the events that are posted to the callback_url of the body */
  callbacks?: true
}

interface Body {
  schema: z.ZodType
  /** the same as a form, where a form is read too */
  form?: z.ZodType
  /** the name of each is shown */
  examples: Readonly<Record<string, unknown>>
  optional?: true
  /** absent: application/json */
  type?: string
}

export interface Answer {
  description: string
  /** of application/json; absent: no body, or another type */
  schema?: z.ZodType
  /** content types other than JSON, with what they contain */
  types?: Readonly<Record<string, string>>
  headers?: readonly string[]
}

/** The operations of one section of the reference, by method and path: `GET /v1/videos/{id}`. */
export interface Section {
  name: string
  /** Markdown */
  description: string
  operations: Readonly<Record<string, Operation>>
}

/** Returns the answers of an operation that succeeds in one way. */
export const ok = (schema: z.ZodType, description: string, status = 200): Record<number, Answer> => ({
  [status]: { description, schema }
})
