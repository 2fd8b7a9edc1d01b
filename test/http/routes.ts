import type { FastifyInstance } from 'fastify'

export interface Served {
  method: string
  /** with `:id` and the like in it */
  path: string
}

/** Every route there is, from the router itself: what is new is tested without being asked. */
export function routesOf(app: FastifyInstance): Served[] {
  const above: string[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap(line => {
      const [, lead = '', path = '', methods = ''] = /^([│ ]*[├└]── )(\S+) \((.+)\)$/.exec(line) ?? []
      if (!methods) return []
      const depth = lead.length / 4 - 1
      above.length = depth
      above.push(path)
      return methods.split(', ').map(method => ({ method, path: above.join('') }))
    })
}
