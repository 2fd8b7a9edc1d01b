import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import type { Video } from '../../api/types/index.ts'
import { useStream } from '../../state/stream.ts'
import { headersFor } from './data.ts'
import { requestOf, type Change, type LocalImage, type Settings } from './settings.ts'

export interface Refusal {
  model: string
  error: unknown
}

/** Makes the videos of the form: one for each model. What was accepted comes on the stage, what was refused is returned. */
export function useRun(settings: Settings, local: readonly LocalImage[], onChange: Change) {
  const client = useQueryClient()
  const [refused, setRefused] = useState<readonly Refusal[]>([])
  const run = useMutation({
    mutationFn: async (models: readonly string[]) => {
      const group = models.length > 1 ? groupId() : null
      const results = await Promise.allSettled(models.map(model => create(model, group)))
      const made = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      setRefused(
        results.flatMap((result, index) =>
          result.status === 'rejected' ? [{ model: models[index]!, error: result.reason as unknown }] : []
        )
      )
      return made
    },
    onMutate: () => setRefused([]),
    onSuccess: made => {
      if (made.length > 0) onChange({ task: made.map(({ id }) => id), best: '' })
      void client.invalidateQueries({ queryKey: ['tasks'] })
    }
  })

  function create(model: string, group: string | null): Promise<Video> {
    const body = requestOf(settings, model, local)
    const metadata = { ...(body.metadata as Record<string, unknown> | undefined), group } // as `requestOf` makes it
    return post<Video>('/v1/videos', group === null ? body : { ...body, metadata }, headersFor(settings.as))
  }

  return { run: run.mutate, isBusy: run.isPending, refused }
}

/** Ties together what was made to be compared. Plain HTTP has no `randomUUID`. */
const groupId = () =>
  `compare-${[...crypto.getRandomValues(new Uint8Array(8))].map(byte => byte.toString(16).padStart(2, '0')).join('')}`

const names = ['video.queued', 'video.in_progress', 'video.completed', 'video.failed']

/** The events of a task as they arrive, and a look at the task after each. */
export function useEvents(id: string | null): readonly { name: string; data: unknown }[] {
  const client = useQueryClient()
  const [log, setLog] = useState<{ id: string | null; events: { name: string; data: unknown }[] }>({ id, events: [] })
  if (log.id !== id) setLog({ id, events: [] })
  const hasEnded = log.events.some(({ name }) => name === 'video.completed' || name === 'video.failed')
  useStream(id === null || hasEnded ? null : `/v1/videos/${id}/events`, names, (name, data) => {
    if (!names.includes(name)) return
    setLog(before => (before.id === id ? { id, events: [...before.events, { name, data }] } : before))
    void client.invalidateQueries({ queryKey: ['task', id] })
  })
  return log.events
}
