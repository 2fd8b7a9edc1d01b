import { z } from 'zod'
import { failureKinds } from '../vendors/vendor.ts'
import { failures } from './failures.ts'

/* The faults that a request can ask for. README.md documents them. */

export type Faults = z.infer<typeof faults>

export const faults = z
  .strictObject({
    latency_ms: whole(0, 600_000).optional(),
    duration_ms: whole(0, 86_400_000).optional(),
    statuses: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
    fail: z.enum(failureKinds).optional(),
    fail_at: z.enum(['submit', 'poll']).optional(),
    http_error: whole(400, 599).optional(),
    poll_http_error: whole(400, 599).optional(),
    poll_errors: whole(1, 1000).optional(),
    lost_answer: z.union([z.boolean(), z.stringbool()]).optional()
  })
  .superRefine(({ fail, fail_at, poll_errors, poll_http_error }, context) => {
    const complain = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (fail_at && !fail) complain('fail_at', 'requires fail')
    if (fail && fail_at === 'submit' && !failures[fail].submit) complain('fail_at', `a submit cannot fail with ${fail}`)
    if (poll_errors && !poll_http_error) complain('poll_errors', 'requires poll_http_error')
  })

/** Whole numbers, also as text, as multipart forms send them. */
function whole(least: number, most: number) {
  const text = z.string().regex(/^\d{1,9}$/, 'must be a whole number')
  return z.union([z.number(), text.transform(Number)]).pipe(z.int().min(least).max(most))
}
