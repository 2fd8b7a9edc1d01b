import { z } from 'zod'
import { ApiError, errorCodes } from '../../../errors.ts'
import { fronts } from '../../../fronts/index.ts'
import type { Front, FrontRoute } from '../../../fronts/front.ts'
import { groupsOf, isPoll } from '../../fronts/mount.ts'
import type { Answer, Operation, Section } from '../operation.ts'

/* The routes of the fronts, from their descriptions. Their shapes are other vendors': the reference gives an example of each and links no schema. */

const anything = z.looseObject({})

export const frontSections: readonly Section[] = fronts.map(front => ({
  name: front.name,
  description: [
    `The wire of ${front.name}, for programs that speak it. Base URL: \`${front.base}\` of this server. Key: ${front.auth}.`,
    ...front.limits
  ].join('\n\n'),
  operations: Object.fromEntries(
    groupsOf(front).map(routes => {
      const [{ method, path }] = routes
      return [`${method} ${documentedPath(path)}`, operationOf(front, routes)]
    })
  )
}))

/** Returns the path of the reference for one that is mounted at several (test/support/answers.ts). */
export function documentedPath(path: string): string {
  const bare = path.replace(/^\/openai(?=\/)/, '')
  return /^\/(videos?|models|usage|webhook_)/.test(bare) ? `/v1${bare}` : bare
}

function operationOf(front: Front, routes: readonly FrontRoute[]): Operation {
  const [route] = routes as [FrontRoute] // true because each group has the route that made it
  const { method, path, summary } = route
  const examples = routes.flatMap(one => (one.body === undefined ? [] : [[one.summary, one.body] as const]))
  const writes = routes.some(({ does }) => /^(create|cancel|delete|discard)$/.test(does))
  return {
    id: `${front.id}_${method.toLowerCase()}_${documentedPath(path).replaceAll(/\W+/g, '_').replaceAll(/^_|_$/g, '')}`,
    summary,
    access: 'key',
    needs: writes ? 'tasks:write' : 'tasks:read',
    headers: [
      ...(routes.some(({ does }) => does === 'create') ? (['Idempotency-Key'] as const) : []),
      ...(isPoll(routes) ? [] : (['x-reelay-key'] as const))
    ],
    ...(examples.length && {
      body: { schema: anything, examples: Object.fromEntries(examples), optional: true as const }
    }),
    answers: { ...successes(front, routes), ...failures(front) }
  }
}

function successes({ name }: Front, routes: readonly FrontRoute[]): Record<number, Answer> {
  if (routes.some(({ does }) => does === 'content')) {
    const types = { 'video/*': 'The video.', 'image/*': 'A thumbnail.' }
    return {
      200: { description: 'The file.', types },
      206: { description: 'A range of the file.', types },
      304: { description: 'The file has not changed.' }
    }
  }
  const example = routes.find(route => route.example !== undefined)?.example
  const schema = example === undefined ? anything : anything.meta({ examples: [example] })
  const streams = routes.some(route => route.does === 'create' && route.streams)
  const types = { 'text/event-stream': 'One event, when the video has ended.' }
  const answer = { description: `As ${name} answers.`, schema, ...(streams && { types }) }
  return { 200: answer, 201: answer, 202: answer, 204: { description: 'Done.' } }
}

/** One answer for each status that the front gives to our errors; the framework's statuses among them. */
function failures(front: Front): Record<number, Answer> {
  const statuses = errorCodes.flatMap(code => {
    const { status, type, message } = new ApiError(code)
    const written = front.error({ status, code, type, message, param: null, shouldRetry: undefined, requestId: 'req' })
    return [status, written.status]
  })
  const answer = { description: `An error, as ${front.name} answers it.`, schema: anything }
  return Object.fromEntries(statuses.filter(status => status >= 400).map(status => [status, answer]))
}
