import { QueryCache, QueryClient } from '@tanstack/react-query'
import { RequestFailure } from './client.ts'
import { sessionKey } from './session.ts'

/** Returns the cache of what the API answered. A 401 anywhere ends the session here too, so that the sign-in page appears. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // a gateway in a LAN answers without the internet, too
        networkMode: 'always',
        // what cannot become better by repeating is shown at once
        retry: (count, error) =>
          count < 2 && !(error instanceof RequestFailure && error.status >= 400 && error.status < 500)
      },
      mutations: { networkMode: 'always' }
    },
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        const ended = error instanceof RequestFailure && error.status === 401
        if (ended && queryKey[0] !== sessionKey[0]) void client.invalidateQueries({ queryKey: sessionKey })
      }
    })
  })
  return client
}
