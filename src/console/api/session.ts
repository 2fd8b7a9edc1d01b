import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post, request, RequestFailure } from './client.ts'
import type { Credentials, List, Owner, Permission, Session, SignedIn, Status } from './types/index.ts'

export const sessionKey = ['session'] as const

/** What is public: whether there is an administrator, how to sign in, the version. */
export const status = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => get<Status>('/console/api/status', undefined, signal),
  staleTime: 60_000
})

/** Who is signed in; null: nobody. */
export const session = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ signal }) => {
    try {
      return await get<Session>('/console/api/session', undefined, signal)
    } catch (error) {
      if (error instanceof RequestFailure && error.status === 401) return null
      throw error
    }
  },
  staleTime: 60_000
})

/** The session of a page that is only shown when there is one. */
export function useSession(): Session {
  const { data } = useQuery(session)
  if (!data) throw new Error('nobody is signed in')
  return data
}

/** Returns whether this session may do something, e.g. `can('keys:write')`. What may not be done is not offered. */
export function useCan(): (permission: Permission) => boolean {
  const { permissions } = useSession()
  return permission => permissions.includes(permission)
}

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (credentials: Credentials) => post<Session>('/console/api/session', credentials),
    onSuccess: data => client.setQueryData(sessionKey, data)
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request('DELETE', '/console/api/session'),
    onSuccess: () => {
      client.setQueryData(sessionKey, null)
      // nothing of what this person saw stays for the next one
      client.removeQueries({ predicate: ({ queryKey: [first] }) => first !== 'session' && first !== 'status' })
    }
  })
}

/** Sets the password of whoever got a one-time link, who is signed in by it. */
export function useInvite() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (given: { token: string; password: string }) => post<Session>('/console/api/invite', given),
    onSuccess: data => client.setQueryData(sessionKey, data)
  })
}

/** Creates the first administrator, who is signed in by it. */
export function useSetup() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (owner: Owner) => post<Session>('/console/api/setup', owner),
    onSuccess: data => {
      client.setQueryData(sessionKey, data)
      void client.invalidateQueries(status)
    }
  })
}

export const signedIn = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => get<List<SignedIn>>('/admin/sessions', undefined, signal)
})
