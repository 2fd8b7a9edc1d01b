import { ApiError, errorCodes, type ErrorCode } from '../../errors.ts'
import type { EventType } from '../../domain/events.ts'
import { eventBody, eventHeaders, eventTexts } from './events.ts'
import type { Answer, Operation } from './operation.ts'
import { sections } from './operations/index.ts'
import { answerHeaders, headers, pathParameters, queryParameters } from './parameters.ts'
import { convert, type JsonSchema } from './schemas.ts'
import { securityOf, securitySchemes } from './security.ts'
import { ApiErrorBody } from './shapes/shared.ts'
import { errorsOf } from './failures.ts'
import { introduction } from './introduction.ts'

interface Options {
  version: string
  /** where the paths begin */
  url: string
  /** answers have no other fields than those of their shapes; for tests */
  isClosed?: boolean
}

export type Document = ReturnType<typeof createDocument>

/** Returns the OpenAPI 3.1 document of all routes. */
export function createDocument({ version, url, isClosed = false }: Options) {
  const operations = sections.flatMap(section => Object.entries(section.operations))
  const input = convert(
    Object.fromEntries(
      operations.flatMap(([route, { body, query }]) => [
        ...(body ? [[`${route} body`, body.schema] as const] : []),
        ...(body?.form ? [[`${route} form`, body.form] as const] : []),
        ...(query ? [[`${route} query`, query] as const] : [])
      ])
    ),
    'input',
    isClosed
  )
  const output = convert(
    Object.fromEntries([
      ['error', ApiErrorBody] as const,
      ...operations.flatMap(([route, { answers }]) =>
        Object.entries(answers).flatMap(([status, { schema }]) =>
          schema ? [[`${route} ${status}`, schema] as const] : []
        )
      ),
      ...eventTypes.map(type => [type, eventBody(type)] as const)
    ]),
    'output',
    isClosed
  )

  const paths: Record<string, Record<string, object>> = {}
  for (const section of sections)
    for (const [route, operation] of Object.entries(section.operations)) {
      const [method = '', path = ''] = route.split(' ')
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: describe(route, operation, section.name, { ...input.schemas, ...output.schemas })
      }
    }

  return {
    openapi: '3.1.1',
    info: {
      title: 'reelay',
      version,
      summary: 'A self-hosted gateway in front of AI video vendors.',
      description: introduction,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url }],
    tags: sections.map(({ name, description }) => ({ name, description })),
    paths,
    webhooks: Object.fromEntries(eventTypes.map(type => [type, { post: describeEvent(type, output.schemas[type]) }])),
    components: {
      schemas: { ...input.components, ...output.components },
      examples: Object.fromEntries(errorCodes.map(code => [code, { value: new ApiError(code).body() }])),
      headers: answerHeaders,
      securitySchemes
    }
  }
}

// true because they are the table's own names
const eventTypes = Object.keys(eventTexts) as EventType[]

function describe(route: string, operation: Operation, tag: string, schemas: Readonly<Record<string, JsonSchema>>) {
  const { id, summary, description, needs, body, access } = operation
  const [method = '', path = ''] = route.split(' ')
  const permission = needs && access === 'admin' ? `Needs the permission \`${needs}\`.` : undefined
  const text = [description, permission].filter(part => part !== undefined).join('\n\n')
  const parameters = parametersOf(path, operation, schemas[`${route} query`])
  return {
    operationId: id,
    summary,
    ...(text && { description: text }),
    tags: [tag],
    ...(parameters.length && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.optional,
        content: {
          [body.type ?? 'application/json']: {
            schema: schemas[`${route} body`],
            ...(Object.keys(body.examples).length && { examples: mapExamples(body.examples) })
          },
          ...(body.form && { 'multipart/form-data': { schema: schemas[`${route} form`] } })
        }
      }
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [
          status,
          answerOf(answer, schemas[`${route} ${status}`])
        ])
      ),
      ...failuresOf(errorsOf(method, path, operation), operation.answers)
    },
    ...(operation.callbacks && { callbacks }),
    security: securityOf(access, method),
    ...(needs && { 'x-reelay-permission': needs })
  }
}

const mapExamples = (examples: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]))

function parametersOf(path: string, { query, headers: names = [] }: Operation, schema: JsonSchema | undefined) {
  // true because it is the JSON Schema of an object
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return [
    ...path.split('/').flatMap((segment, index, segments) =>
      segment.includes('{')
        ? [
            {
              name: segment.slice(segment.indexOf('{') + 1, segment.indexOf('}')),
              in: 'path',
              required: true,
              ...textOf(`${segments[index - 1]}/${segment}`)
            }
          ]
        : []
    ),
    ...Object.keys(query?.shape ?? {}).map(name => ({
      name,
      in: 'query',
      // those with a default may be left out
      ...(required.includes(name) && { required: true }),
      description: queryParameters[name],
      schema: properties[name]
    })),
    ...names.map(name => ({ name, in: 'header', ...headers[name] }))
  ]
}

// what an id names follows from the segment before it, else from its own name
const textOf = (name: string) => ({
  description: pathParameters[name] ?? pathParameters[name.slice(name.indexOf('{', name.indexOf('/')))],
  schema: { type: 'string' }
})

function answerOf({ description, types = {}, headers: names = [] }: Answer, schema: JsonSchema | undefined) {
  const content = {
    ...(schema && { 'application/json': { schema } }),
    ...Object.fromEntries(
      Object.entries(types).map(([type, text]) => [type, { schema: { type: 'string', description: text } }])
    )
  }
  return {
    description,
    headers: headersOf(['x-request-id', ...names]),
    ...(Object.keys(content).length && { content })
  }
}

const headersOf = (names: readonly string[]) =>
  Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))

/** The answers to errors, one for each status. */
function failuresOf(codes: readonly ErrorCode[], answers: Operation['answers']) {
  const byStatus = Object.groupBy(codes, code => String(new ApiError(code).status))
  return Object.fromEntries(
    Object.entries(byStatus)
      .filter(([status]) => !Object.hasOwn(answers, status))
      .map(([status, some = []]) => [
        status,
        {
          description: some.map(code => `\`${code}\`: ${new ApiError(code).message}`).join('\n\n'),
          headers: headersOf(['x-request-id', ...(/429|503/.test(status) ? ['Retry-After', 'x-should-retry'] : [])]),
          content: {
            'application/json': {
              schema: { $ref: '#/components/schemas/Error' },
              examples: Object.fromEntries(some.map(code => [code, { $ref: `#/components/examples/${code}` }]))
            }
          }
        }
      ])
  )
}

function describeEvent(type: EventType, schema: JsonSchema | undefined) {
  const { summary, description } = eventTexts[type]
  return {
    operationId: `on_${type.replaceAll('.', '_')}`,
    summary,
    description,
    tags: ['Webhook endpoints'],
    parameters: Object.entries(eventHeaders).map(([name, text]) => ({
      name,
      in: 'header',
      required: true,
      description: text,
      schema: { type: 'string' }
    })),
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: {
      '2XX': { description: 'Received. Any other answer, or none within 15 seconds, is tried again for 72 hours.' }
    }
  }
}

// JSON pointers to the webhooks of the same document
const callbacks = Object.fromEntries(
  (['video.completed', 'video.failed'] as const).map(type => [
    type,
    { '{$request.body#/callback_url}': { $ref: `#/webhooks/${type}` } }
  ])
)
