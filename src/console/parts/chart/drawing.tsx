import { barsOf, heightsOf, pointsOf, ticksOf, type Geometry } from './geometry.ts'
import type { ChartProps } from './shape.ts'
import style from './chart.module.css'

/** The axes, the series and the cursor, as one picture. */
export function Drawing({ chart, geometry, at }: { chart: ChartProps; geometry: Geometry; at: number | null }) {
  const { kind, series, times, writeTick, write, writeAxis = write } = chart
  const { left, right, top, bottom, x, y } = geometry
  // a chart without values has a foot and no heights
  const isEmpty = !series.some(({ values }) => values.some(Boolean))
  return (
    <>
      {heightsOf(chart).map(value => (
        <g key={value}>
          <line className={style.grid} x1={left} x2={right} y1={y(value)} y2={y(value)} />
          {(value === 0 || !isEmpty) && (
            <text className={style.height} x={left - 8} y={y(value)}>
              {writeAxis(value)}
            </text>
          )}
        </g>
      ))}
      {ticksOf(chart, geometry).map(index => (
        <text key={index} className={style.tick} x={x(index)} y={bottom + 18}>
          {writeTick(times[index] ?? 0)}
        </text>
      ))}
      {at !== null && <line className={style.cursor} x1={x(at)} x2={x(at)} y1={top} y2={bottom} />}
      {series.map((one, index) =>
        kind === 'bars' ? (
          <path key={one.name} d={barsOf(series, index, geometry)} fill={`var(${one.color})`} />
        ) : (
          <Line key={one.name} series={one} geometry={geometry} at={at} />
        )
      )}
    </>
  )
}

function Line({
  series,
  geometry,
  at
}: {
  series: ChartProps['series'][number]
  geometry: Geometry
  at: number | null
}) {
  const points = pointsOf(series, geometry)
  // a point between gaps makes no line
  const isSparse = points.length <= 2
  return (
    <g stroke={`var(${series.color})`} fill={`var(${series.color})`}>
      {points.length > 0 && (
        <path
          className={style.curve}
          strokeDasharray={series.dashed ? '4 4' : undefined}
          d={`M${points.map(point => `${point.x},${point.y}`).join('L')}`}
        />
      )}
      {points
        .filter(({ index }) => isSparse || index === at)
        .map(point => (
          <circle key={point.index} cx={point.x} cy={point.y} r={point.index === at ? 3.5 : 2.5} />
        ))}
    </g>
  )
}
