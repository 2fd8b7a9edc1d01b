import { subscribe } from 'node:diagnostics_channel'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { createDocument } from '../../src/http/openapi/document.ts'
import { sections } from '../../src/http/openapi/operations/index.ts'
import { toYaml } from '../../src/http/openapi/yaml.ts'
import { readCreate } from '../../src/http/create/read.ts'
import { pathOf } from '../support/answers-check.ts'
import { answersChecked } from '../support/answers.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { routesOf } from './routes.ts'
import { readYaml } from './read-yaml.ts'

/* The reference and the server know the same routes. That every answer is as described: support/answers.ts, in every test. */

const permissions = new Map<string, string | undefined>()
subscribe('fastify.initialization', message => {
  const { fastify: app } = message as { fastify: FastifyInstance } // as Fastify documents it
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) permissions.set(`${one} ${pathOf(url)}`, config?.permission)
  })
})

const server = forAllTests(() => startTestServer())
const operations = sections.flatMap(section => Object.entries(section.operations))
const document = createDocument({ version: '1.2.3', url: '/' })

describe('the routes', () => {
  test('each is described, and nothing else is', () => {
    const served = routesOf(server.app)
      .filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${pathOf(path)}`)
    // a server from source has no built pages
    const described = operations.map(([route]) => route).filter(route => !/ \/(console|docs)(\/\{\w+\})?$/.test(route))
    expect([...new Set(served)].filter(route => !/ \/(console|docs)(\/\{\w+\})?$/.test(route)).toSorted()).toEqual(
      described.toSorted()
    )
  })

  test.each(operations.filter(([, { needs }]) => needs))(
    '%s names the permission that the route needs',
    (route, { needs }) => expect(permissions.get(route)).toBe(needs)
  )
})

test('every answer is compared with the document', async () => {
  const before = answersChecked()
  await server.call('GET', '/v1/models')
  expect(answersChecked()).toBe(before + 1)
})

describe('the document', () => {
  test('is served as JSON', async () => {
    const { status, body } = await server.call('GET', '/openapi.json', undefined, { key: null })
    expect(status).toBe(200)
    expect(body.openapi).toBe('3.1.1')
    expect(body.paths).toEqual(JSON.parse(JSON.stringify(document.paths)))
  })

  test('is served as YAML, with the same content', async () => {
    const answer = await server.ask('/openapi.yaml', { key: null })
    expect(answer.headers.get('content-type')).toBe('application/yaml; charset=utf-8')
    const json = await server.call('GET', '/openapi.json', undefined, { key: null })
    expect(readYaml(await answer.text())).toEqual(json.body)
  })

  test('has references that lead somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
    expect(references.length).toBeGreaterThan(100)
    const broken = references.filter(path => {
      let value: unknown = document
      for (const name of path.split('/')) value = (value as Record<string, unknown> | undefined)?.[name]
      return value === undefined
    })
    expect(broken).toEqual([])
  })

  test('names each operation once', () => {
    const ids = operations.map(([, { id }]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('explains every parameter', () => {
    const unexplained = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => {
        const { parameters = [] } = operation as {
          parameters?: { name: string; description?: string; schema?: object }[]
        }
        return parameters.filter(one => !one.description || !one.schema).map(({ name }) => `${method} ${path} ${name}`)
      })
    )
    expect(unexplained).toEqual([])
  })
})

describe('the examples', () => {
  const bodies = operations.flatMap(([route, { body }]) =>
    Object.entries(body?.examples ?? {}).map(([name, example]) => ({ route, name, example, schema: body!.schema }))
  )

  test.each(bodies)('$route: $name is a body that is accepted', ({ route, example, schema }) => {
    expect(schema.safeParse(example).error).toBeUndefined()
    if (/^POST \/v1\/video(s|\/generations)$/.test(route)) expect(readCreate(example).warnings).toEqual([])
  })

  test('every body has one', () => {
    expect(operations.filter(([, { body }]) => body && !body.type && !Object.keys(body.examples).length)).toEqual([])
  })

  let ajv: Ajv2020
  beforeAll(() => {
    ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'reelay', ...document })
  })

  const shapes = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    ((schema as { examples?: unknown[] }).examples ?? []).map(example => ({ name, example }))
  )
  test.each(shapes)('of $name fits its shape', ({ name, example }) => {
    const fits = ajv.validate({ $ref: `reelay#/components/schemas/${name}` }, example)
    expect(ajv.errorsText()).toBe('No errors')
    expect(fits).toBe(true)
  })
})

test.each([
  ['a: true\n', { a: true }],
  ['- "yes"\n- "12"\n- plain text\n- "a: b"\n- null\n', ['yes', '12', 'plain text', 'a: b', null]],
  ['a:\n  - b: 1\n    c: []\n  - {}\n', { a: [{ b: 1, c: [] }, {}] }]
])('YAML %j', (text, value) => {
  expect(toYaml(value)).toBe(text)
  expect(readYaml(text)).toEqual(value)
})
