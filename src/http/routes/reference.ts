import type { FastifyInstance } from 'fastify'
import { createDocument } from '../openapi/document.ts'
import { toYaml } from '../openapi/yaml.ts'

export interface ReferenceServices {
  version: string
  /** the path of PUBLIC_URL, without a slash at its end */
  basePath: string
  /** Returns the JSON Schema of configuration files. */
  configSchema(): unknown
}

/** The OpenAPI document of all routes, and the schema of configuration files; made when they are first asked for. */
export async function referenceRoutes(app: FastifyInstance, { version, basePath, configSchema }: ReferenceServices) {
  let made: { json: string; yaml: string } | undefined

  function texts() {
    if (made) return made
    const document = createDocument({ version, url: basePath || '/' })
    return (made = { json: JSON.stringify(document), yaml: toYaml(document) })
  }

  app.get('/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(texts().json)
  )

  app.get('/openapi.yaml', (_request, reply) =>
    reply.type('application/yaml; charset=utf-8').header('cache-control', 'no-cache').send(texts().yaml)
  )

  let schema: string | undefined
  app.get('/config.schema.json', (_request, reply) =>
    reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send((schema ??= JSON.stringify(configSchema())))
  )
}
