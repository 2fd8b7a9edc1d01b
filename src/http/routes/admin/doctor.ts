import type { FastifyInstance } from 'fastify'
import { needs } from '../../plugins/caller.ts'

export interface DoctorServices {
  /** examines this installation */
  doctor(): Promise<{ name: string; ok: boolean; message: string }[]>
}

/** The checks of `reelay doctor`. Asked by several at once, they run once. */
export async function doctorRoutes(app: FastifyInstance, { doctor }: DoctorServices) {
  let running: ReturnType<DoctorServices['doctor']> | undefined
  // it calls vendors and writes to the archive
  app.get('/doctor', needs('settings:write'), async () => {
    const checks = await (running ??= doctor().finally(() => (running = undefined)))
    return {
      object: 'doctor' as const,
      ok: checks.every(({ ok }) => ok),
      checks: checks.map(({ name, ok, message }) => ({ name, ok, message }))
    }
  })
}
