import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import type { Video } from '../../api/types/index.ts'
import { useStream } from '../../state/stream.ts'
import type { Hop } from './hops.tsx'

const names = ['video.queued', 'video.in_progress', 'video.completed', 'video.failed']

/** Makes a video with the sandbox's model and follows it. `reached`: milliseconds after the start, by hop. */
export function useFirstVideo() {
  const [video, setVideo] = useState<Video | null>(null)
  const [startedAt, setStartedAt] = useState(0)
  const [reached, setReached] = useState<Partial<Record<Hop, number>>>({})
  const [end, setEnd] = useState<'completed' | 'failed' | null>(null)
  const reach = (...hops: Hop[]) => {
    const after = performance.now() - startedAt
    setReached(before => ({ ...Object.fromEntries(hops.map(hop => [hop, after])), ...before }))
  }

  const making = useMutation({
    mutationFn: (prompt: string) => post<Video>('/v1/videos', { model: 'sandbox', prompt, seconds: '5' }),
    onMutate: () => {
      setStartedAt(performance.now())
      setReached({})
      setVideo(null)
      setEnd(null)
    },
    onSuccess: setVideo
  })

  useStream(video && end === null ? `/v1/videos/${video.id}/events` : null, names, (name, data) => {
    const now = data as Video // what the path sends by these names
    setVideo(now)
    if (name === 'video.in_progress') reach('slot', 'submitted')
    if (name === 'video.completed') {
      reach('slot', 'submitted', 'rendered')
      setEnd('completed')
    }
    if (name === 'video.failed') setEnd('failed')
  })

  const isBusy = making.isPending || (video !== null && end === null)
  return { video, end, reached, error: making.error, isBusy, make: making.mutate, markReady: () => reach('ready') }
}
