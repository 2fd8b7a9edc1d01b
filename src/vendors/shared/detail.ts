import { z } from 'zod'
import { excerpt } from './http-failure.ts'
import type { HttpAnswer } from '../vendor.ts'

/* The refusals of servers that are built on FastAPI: `{"detail": "text"}`, or a list of what is wrong with the body. */

const refusal = z.object({
  detail: z.union([
    z.string(),
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).nullish(), msg: z.string().nullish() }))
  ])
})

/** Returns the text of a refusal, and the field at fault where it is named; `isOwn`: the server itself answered, not a proxy. */
export function detailOf(answer: HttpAnswer): { message: string; param?: string; isOwn: boolean } {
  const { data } = refusal.safeParse(answer.body)
  const issue = typeof data?.detail === 'object' ? data.detail[0] : undefined
  const param = (issue?.loc ?? []).filter(key => key !== 'body').join('.')
  return {
    message: (typeof data?.detail === 'string' ? data.detail : issue?.msg) || excerpt(answer),
    ...(param && { param }),
    isOwn: data !== undefined
  }
}
