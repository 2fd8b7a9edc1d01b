import type { ReactNode } from 'react'
import type { usePages } from '../api/pages.ts'
import { Card } from './card.tsx'
import { Failure } from './failure.tsx'
import { LoadMore } from './load-more.tsx'
import { RowSkeletons } from './skeletons.tsx'
import { Table, type TableProps } from './table.tsx'
import style from './paged-table.module.css'

interface Props<Row> extends Omit<TableProps<Row>, 'rows'> {
  /** of `usePages` */
  list: Omit<ReturnType<typeof usePages<Row>>, 'rows'> & { rows: readonly Row[] | null }
  /** what is shown without a row; a filter that matches nothing says something else than a list never used */
  empty: ReactNode
  /** rows begin with a picture */
  thumb?: boolean
}

/** A table that is read page by page, in all its states: loading, empty, failed (with the rows that are there), more. */
export function PagedTable<Row>({ list, empty, thumb = false, ...table }: Props<Row>) {
  const { rows, error, isStale, retry } = list
  return (
    <>
      {error && <Failure error={error} onRetry={retry} />}
      {rows === null ? (
        error === null && (
          <Card flush>
            <RowSkeletons rows={8} thumb={thumb} />
          </Card>
        )
      ) : (
        <Card flush className={isStale ? style.stale : undefined}>
          {rows.length === 0 ? empty : <Table rows={rows} {...table} />}
          <LoadMore list={list} />
        </Card>
      )}
    </>
  )
}
