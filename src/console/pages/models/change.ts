import { useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from '../../api/client.ts'
import type { Model } from '../../api/types/index.ts'

export type Change = Partial<Pick<Model, 'candidates' | 'prices' | 'retry_failed' | 'disabled'>>

export const pathOf = (name: string) => `/admin/models/${encodeURIComponent(name)}`

/** Changes settings of a model; what is sent is shown until the list is read again. */
export function useChange(name: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (change: Change) => request<Model>('PATCH', pathOf(name), { body: change }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['models'] })
  })
}
