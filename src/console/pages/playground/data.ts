import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { request } from '../../api/client.ts'
import type { Estimate, List } from '../../api/types/index.ts'
import { isJson, requestOf, type LocalImage, type PlayModel, type Settings } from './settings.ts'

export const headersFor = (as: string) => (as === '' ? {} : { 'x-reelay-key': as })

/** The models that the session, or the key it runs as, may use. */
export function useModels(as: string) {
  return useQuery({
    queryKey: ['models', 'playground', as],
    queryFn: ({ signal }) => request<List<PlayModel>>('GET', '/v1/videos/models', { headers: headersFor(as), signal }),
    staleTime: 60_000
  })
}

const PAUSE_MS = 250
// stands in for an image: its bytes make no difference to the price
const DOT =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII='

/** What each model would ask for the form, and for its other resolutions; shortly after the last change. */
export function useEstimates(settings: Settings, local: readonly LocalImage[], models: readonly PlayModel[]) {
  const now = useMemo(() => {
    if (!isJson(settings.meta)) return []
    const dots = local.map(image => ({ ...image, source: DOT }))
    const [first] = models
    const tiers = models.length === 1 ? (first?.capabilities?.resolutions ?? []) : []
    return [
      ...models.map(model => ({ model: model.id, res: null, body: requestOf(settings, model.id, dots) })),
      ...tiers.map(res => ({ model: first!.id, res, body: requestOf({ ...settings, res }, first!.id, dots) })) // there are tiers of it
    ]
  }, [settings, local, models])
  const [asked] = useDebouncedValue(now, PAUSE_MS)
  const { as } = settings
  const answers = useQueries({
    queries: asked.map(({ body }) => ({
      queryKey: ['estimate', as, body],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request<Estimate>('POST', '/v1/videos/estimate', { body, headers: headersFor(as), signal }),
      placeholderData: keepPreviousData,
      staleTime: 30_000,
      retry: false
    }))
  })
  const find = (model: string, res: string | null) =>
    answers[asked.findIndex(one => one.model === model && one.res === res)]
  return {
    of: (model: string): Estimate | null => find(model, null)?.data ?? null,
    ofResolution: (model: string, res: string): Estimate | null => find(model, res)?.data ?? null,
    errorOf: (model: string): Error | null => find(model, null)?.error ?? null
  }
}

export type Estimates = ReturnType<typeof useEstimates>
