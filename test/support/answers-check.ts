import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { frontOf } from '../../src/fronts/index.ts'
import type { Document } from '../../src/http/openapi/document.ts'

export type Check = ReturnType<typeof createCheck>

let made: Check | undefined

/** Returns what compares an answer with the OpenAPI document, and says in which ways it differs. */
export const documentCheck = async (): Promise<Check> => (made ??= createCheck(await documentOfRun()))

/** The document takes half a second: the first file of a run that wants it makes it, and the others read it. */
async function documentOfRun(): Promise<string> {
  const file = process.env.OPENAPI_DOCUMENT
  if (file && existsSync(file)) return readFileSync(file, 'utf8')
  const { createDocument } = await import('../../src/http/openapi/document.ts')
  const document = JSON.stringify(createDocument({ version: '0.0.0', url: '/', isClosed: true }))
  if (file) {
    // at once: another process may look for it
    writeFileSync(`${file}.${process.pid}`, document)
    renameSync(`${file}.${process.pid}`, file)
  }
  return document
}

interface Described {
  responses: Record<string, { content?: Record<string, { schema: object; examples?: Record<string, unknown> }> }>
}

function createCheck(written: string) {
  // references to whole schemas are compiled once
  const text = written.replaceAll('"#/components/schemas/', '"')
  const { paths, components } = JSON.parse(text) as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false })
  for (const [name, schema] of Object.entries(components.schemas)) ajv.addSchema({ $id: name, ...schema })
  const compiled = new Map<object, ValidateFunction>()
  const validate = (schema: object, value: unknown): string[] => {
    const known = compiled.get(schema) ?? ajv.compile(schema)
    compiled.set(schema, known)
    if (known(value)) return []
    return (known.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`
    )
  }

  return ({ method, url, routeOptions }: FastifyRequest, reply: FastifyReply, payload: unknown): string[] => {
    if (method === 'HEAD' || method === 'OPTIONS') return []
    const status = reply.statusCode
    const type = String(reply.getHeader('content-type') ?? '').split(';')[0] ?? ''
    const value: unknown = type === 'application/json' && isText(payload) ? JSON.parse(String(payload)) : undefined
    const path = routeOptions.url === undefined ? undefined : pathOf(routeOptions.url)
    const where = `${method} ${path ?? '(no route)'} ${status}`
    const named = (all: string[]) => all.map(one => `${where}: ${one}`)

    // a front's own tests say what its errors look like
    if (path === undefined) return frontOf(url.split('?')[0]!) ? [] : named(validate({ $ref: 'Error' }, value))
    const operation = paths[path]?.[method.toLowerCase()] as Described | undefined // as document.ts makes it
    if (!operation) return named(['this route is not described'])
    const answer = operation.responses[status]
    if (!answer) return named([`this status is not described: ${String(payload).slice(0, 300)}`])
    if (value === undefined) return named(typeProblems(type, payload, Object.keys(answer.content ?? {})))
    const { schema, examples } = answer.content?.['application/json'] ?? {}
    if (!schema) return named(['JSON is not described'])
    const code = status < 400 ? undefined : (value as { code?: string }).code // the body of an error
    const isKnown = code === undefined || examples === undefined || Object.hasOwn(examples, code)
    return named([...validate(schema, value), ...(isKnown ? [] : [`the code ${code} is not described`])])
  }
}

function typeProblems(type: string, payload: unknown, described: readonly string[]): string[] {
  if (payload === undefined || payload === null || payload === '') return []
  const [main] = type.split('/')
  const isDescribed = [type, `${main}/*`, '*/*'].some(one => described.includes(one))
  return isDescribed ? [] : [`the type ${type} is not described`]
}

const isText = (payload: unknown) => typeof payload === 'string' || Buffer.isBuffer(payload)

/** Returns the path of the reference for a route: those without `/v1` or below `/openai` are the same ones. */
export function pathOf(url: string): string {
  const path = url
    .replaceAll(/:(\w+)/g, '{$1}')
    // the router's own text leaves the slash out
    .replace(/^\/docs\/?\*$/, '/docs/{page}')
    .replace(/^\/console\/?\*$/, '/console/{path}')
  const bare = path.replace(/^\/openai(?=\/)/, '')
  return /^\/(videos?|models|usage|webhook_)/.test(bare) ? `/v1${bare}` : bare
}
