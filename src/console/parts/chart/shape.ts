export interface Series {
  name: string
  label: string
  /** a colour of tokens.css, e.g. `--s1` */
  color: string
  values: readonly (number | null)[]
  dashed?: boolean
}

export interface ChartProps {
  /** what the chart shows, for screen readers */
  label: string
  kind: 'bars' | 'lines'
  /** Unix seconds at which each point begins, equally far apart */
  times: readonly number[]
  /** bars are stacked in this order, the first at the foot */
  series: readonly Series[]
  height: number
  /** a value in full */
  write(value: number): string
  /** values are counts: no halves at the axis */
  whole?: boolean
  /** a value at the axis; else as `write` does */
  writeAxis?(value: number): string
  /** the time of a point in full, and at the axis */
  writeTime(at: number): string
  writeTick(at: number): string
  /** every how many points the axis may have a time */
  every: readonly number[]
  /** charts of one name move their cursors together */
  cursor?: string
  /** opens what is behind a point */
  onOpen?: ((index: number) => void) | undefined
}
