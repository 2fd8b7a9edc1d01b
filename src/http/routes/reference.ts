import type { FastifyInstance } from 'fastify'

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

  // loaded with the first request: what describes every route is a fifth of a start
  async function texts() {
    if (made) return made
    const [{ createDocument }, { toYaml }] = await Promise.all([
      import('../openapi/document.ts'),
      import('../openapi/yaml.ts')
    ])
    const document = createDocument({ version, url: basePath || '/' })
    return (made = { json: JSON.stringify(document), yaml: toYaml(document) })
  }

  app.get('/openapi.json', async (_request, reply) => {
    const { json } = await texts()
    return reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(json)
  })

  app.get('/openapi.yaml', async (_request, reply) => {
    const { yaml } = await texts()
    return reply.type('application/yaml; charset=utf-8').header('cache-control', 'no-cache').send(yaml)
  })

  let schema: string | undefined
  app.get('/config.schema.json', (_request, reply) =>
    reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send((schema ??= JSON.stringify(configSchema())))
  )
}
