import Fastify from 'fastify'

/** A ComfyUI over real HTTP whose prompts wait in its queue until they are deleted from it. */
export async function startFakeComfyui() {
  const pending = new Set<string>()
  const app = Fastify({ forceCloseConnections: true })
  let count = 0

  app.post('/prompt', async () => {
    const id = `prompt-${++count}`
    pending.add(id)
    return { prompt_id: id, number: count, node_errors: {} }
  })
  app.get('/history/:id', async () => ({}))
  app.get('/queue', async () => ({ queue_running: [], queue_pending: [...pending].map(id => [1, id, {}, {}, []]) }))
  app.post<{ Body: { delete: string[] } }>('/queue', async ({ body }) => {
    for (const id of body.delete) pending.delete(id)
    return ''
  })

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const workflow = { 1: { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}' } } }
  return {
    pending,
    /** a channel for it, for POST /admin/channels */
    channel: () => ({
      name: 'fake-comfyui',
      vendor: 'comfyui',
      base_url: url,
      credential: 'fake-credential-canary',
      models: { wan: 'wan' },
      options: { workflows: { wan: workflow } }
    }),
    close: () => app.close()
  }
}
