import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../../admin/audit.ts'
import { ApiError } from '../../../errors.ts'
import { parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'

export interface BackupServices {
  /** null while another one is open */
  openBackup(
    withArchive: boolean
  ): Promise<{ name: string; bytes: AsyncIterable<Uint8Array>; close(): Promise<void> } | null>
  audit: Audit
}

export const query = z.strictObject({
  archive: z.stringbool().default(false).describe('with the videos themselves')
})

/** Everything in one file, the secret key included. */
export async function backupRoutes(app: FastifyInstance, { openBackup, audit }: BackupServices) {
  // a HEAD would make one too
  app.get('/backup', { ...needs('backup:read', query), exposeHeadRoute: false }, async (request, reply) => {
    const { archive } = parse(query, request.query)
    const backup = await openBackup(archive)
    if (!backup)
      throw new ApiError('conflict', { message: 'Another backup is being made. Try again when it has finished.' })
    const { name, bytes, close } = backup
    try {
      await audit.add(byOf(request), {
        action: 'backup.create',
        target: { type: 'backup', id: null, name },
        after: { archive }
      })
    } catch (error) {
      await close()
      throw error
    }
    const body = Readable.from(bytes, { objectMode: false })
    // also when the client is gone before the end
    body.once('close', () => void close())
    return reply
      .type('application/x-tar')
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('cache-control', 'no-store')
      .send(body)
  })
}
