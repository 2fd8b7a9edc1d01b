import type { FastifyInstance } from 'fastify'

export interface HealthServices {
  ping(): Promise<void>
  /** rejects when nothing can be written */
  tryWrite(): Promise<void>
  isDraining(): boolean
}

/** `/livez`: the process answers. `/readyz`: it accepts traffic, and can write. */
export async function healthRoutes(app: FastifyInstance, { ping, tryWrite, isDraining }: HealthServices) {
  app.get('/livez', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    const status = isDraining() ? 'draining' : await ofDatabase()
    if (status !== 'ok') reply.code(503)
    return { status }
  })
  async function ofDatabase() {
    try {
      await ping()
    } catch {
      return 'database unreachable'
    }
    return tryWrite().then(
      () => 'ok',
      () => 'database not writable'
    )
  }
}
