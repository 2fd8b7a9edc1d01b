import Fastify from 'fastify'

/**
 * A vendor that speaks Vidu's wire over real HTTP, and whose tasks cannot be asked for by anything of ours: what becomes of a submit without an
 * answer, nobody can tell. Finished at the first poll, unless told otherwise.
 */
export async function startFakeVidu(fileOf: (id: string) => Buffer) {
  /** prompts in the order in which they came, whatever was answered */
  const submits: string[] = []
  const tasks = new Set<string>()
  const app = Fastify({ forceCloseConnections: true })

  const fake = {
    url: '',
    submits,
    tasks,
    /** how a submit is answered */
    onSubmit: async (): Promise<'accept' | 'drop after accept'> => 'accept',
    /** the state in the answer to a poll */
    state: 'success',
    /** how a cancel is answered */
    onCancel: (_id: string): { status: number; body: unknown } => ({ status: 200, body: {} }),
    /** ids in the order in which they were to be cancelled */
    cancels: [] as string[],
    /** a channel for this vendor, for POST /admin/channels */
    channel: (more: Record<string, unknown> = {}) => ({
      name: 'fake-vidu',
      vendor: 'vidu',
      base_url: fake.url,
      credential: 'fake-credential-canary',
      models: { viduq1: 'viduq1' },
      ...more
    }),
    close: () => app.close()
  }

  app.post<{ Body: { prompt: string } }>('/ent/v2/text2video', async request => {
    submits.push(request.body.prompt)
    const answer = await fake.onSubmit()
    const id = `vd-${tasks.size + 1}`
    tasks.add(id)
    if (answer === 'drop after accept') return void request.raw.socket.destroy()
    return { task_id: id, state: 'created', credits: 4 }
  })
  app.get<{ Params: { id: string } }>('/ent/v2/tasks/:id/creations', async ({ params: { id } }) => ({
    id,
    state: fake.state,
    credits: 4,
    creations: fake.state === 'success' ? [{ id: `c-${id}`, url: `${fake.url}/files/${id}.mp4`, cover_url: '' }] : []
  }))
  app.post<{ Params: { id: string } }>('/ent/v2/tasks/:id/cancel', async ({ params: { id } }, reply) => {
    fake.cancels.push(id)
    const { status, body } = fake.onCancel(id)
    return reply.code(status).send(body)
  })
  app.get<{ Params: { id: string } }>('/files/:id.mp4', async ({ params: { id } }, reply) =>
    reply.type('video/mp4').send(fileOf(id))
  )

  fake.url = await app.listen({ host: '127.0.0.1', port: 0 })
  return fake
}

export type FakeVidu = Awaited<ReturnType<typeof startFakeVidu>>
