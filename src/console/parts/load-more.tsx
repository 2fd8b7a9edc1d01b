import { Button } from '@mantine/core'
import { useText } from '../i18n/index.tsx'
import { PAGE } from '../api/pages.ts'
import style from './table.module.css'

/** The foot of a list that goes on. */
export function LoadMore({ list }: { list: { hasMore: boolean; isLoadingMore: boolean; loadMore(): void } }) {
  const { t } = useText()
  if (!list.hasMore) return null
  return (
    <div className={style.more}>
      <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
        {t.parts.loadMore(PAGE)}
      </Button>
    </div>
  )
}
