import type { FastifyInstance } from 'fastify'

export interface HealthServices {
  ping(): Promise<void>
  isDraining(): boolean
}

/** `/livez`: the process answers. `/readyz`: it accepts traffic. */
export async function healthRoutes(app: FastifyInstance, { ping, isDraining }: HealthServices) {
  app.get('/livez', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    const draining = isDraining()
    const database = await ping().then(
      () => true,
      () => false
    )
    if (draining || !database) reply.code(503)
    return { status: draining ? 'draining' : database ? 'ok' : 'database unreachable' }
  })
}
