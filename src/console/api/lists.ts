import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type { Channel, List, Model, Vendor } from './types/index.ts'

/* Lists that are never long, read whole. */

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: ({ signal }) => get<List<Channel>>('/admin/channels', undefined, signal)
})

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => get<List<Model>>('/admin/models', undefined, signal)
})

export const vendorsQuery = queryOptions({
  queryKey: ['vendors'],
  queryFn: ({ signal }) => get<List<Vendor>>('/admin/vendors', undefined, signal),
  // they change with the version of the gateway
  staleTime: Infinity
})
