import { Skeleton } from '@mantine/core'
import { useText } from '../i18n/index.tsx'
import { Card } from './card.tsx'
import style from './skeletons.module.css'

const widths = ['38%', '31%', '25%']

/** Rows of a table that are on their way, in their own shape. */
export function RowSkeletons({ rows = 6, thumb = false }: { rows?: number; thumb?: boolean }) {
  const { t } = useText()
  return (
    <div role="status" aria-label={t.parts.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={style.row}>
          {thumb && <Skeleton width={72} height={42} radius="xs" />}
          <Skeleton width={widths[index % widths.length]} height={12} radius="xl" />
          <Skeleton className={style.end} width={80} height={12} radius="xl" />
          <Skeleton width={60} height={12} radius="xl" />
        </div>
      ))}
    </div>
  )
}

/** A page that is on its way. */
export function PageSkeleton() {
  return (
    <Card flush>
      <RowSkeletons rows={8} />
    </Card>
  )
}
