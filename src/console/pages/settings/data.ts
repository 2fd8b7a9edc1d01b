import { queryOptions } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import type { AlertTarget, List, Settings, SignedIn, System, User } from '../../api/types/index.ts'

const MOST = 100

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => get<System>('/admin/system', undefined, signal)
})

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => get<Settings>('/admin/settings', undefined, signal)
})

export const alertTargetsQuery = queryOptions({
  queryKey: ['alert-targets'],
  queryFn: ({ signal }) => get<{ data: AlertTarget[] }>('/admin/alerts/targets', undefined, signal)
})

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => get<List<User>>('/admin/users', { limit: MOST }, signal)
})

export const sessionsQuery = queryOptions({
  queryKey: ['sessions', 'all'],
  queryFn: ({ signal }) => get<List<SignedIn>>('/admin/sessions', { limit: MOST }, signal)
})
