import { keepPreviousData, useInfiniteQuery, type QueryKey } from '@tanstack/react-query'
import { get } from './client.ts'
import type { List } from './types/index.ts'

/** Rows to a page. */
export const PAGE = 50

/** Reads a list page by page, each after the last row of the one before; old rows stay while others are on their way. */
export function usePages<Row>(queryKey: QueryKey, path: string, filter: object = {}) {
  const query = useInfiniteQuery({
    queryKey: [...queryKey, filter],
    queryFn: ({ pageParam: after, signal }) => get<List<Row>>(path, { ...filter, after, limit: PAGE }, signal),
    initialPageParam: undefined as string | undefined, // the first page is after nothing
    getNextPageParam: last => (last.has_more ? (last.last_id ?? undefined) : undefined),
    placeholderData: keepPreviousData
  })
  return {
    rows: query.data?.pages.flatMap(page => page.data) ?? null,
    error: query.error,
    isStale: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch()
  }
}
