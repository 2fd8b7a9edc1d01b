import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { ChartProps } from './shape.ts'

// uPlot comes after the first paint
const Drawing = lazy(() => import('./drawing.tsx'))

/** Numbers over time, as stacked bars or as lines. Arrow keys move from point to point, Enter opens the rows behind one. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <Drawing {...props} />
    </Suspense>
  )
}

/** What the colours of a chart mean. */
export { Legend } from './legend.tsx'
