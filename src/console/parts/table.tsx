import { useRef, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useShortcuts } from '../shell/shortcuts.ts'
import { usePhone } from '../state/phone.ts'
import { useWindowWidth } from '../state/width.ts'
import style from './table.module.css'

export interface Column<Row> {
  name: string
  head: ReactNode
  /** of the table; columns without one share the rest */
  width?: number | string
  /** numbers stand at the right */
  end?: boolean
  /** the least width of the window that has room for it, in pixels */
  from?: number
  cell(row: Row): ReactNode
}

export interface TableProps<Row> {
  /** what the table is about, for screen readers */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
  /** a row as it looks in the lists of phones; without it the table is shown there too */
  phone?: (row: Row) => ReactNode
  /** cells of a last row with sums, by the column's name */
  total?: Record<string, ReactNode> | undefined
}

/** A table with a fixed layout. J and K move between the links of its rows. */
export function Table<Row>({ label, columns: all, rows, keyOf, phone, total }: TableProps<Row>) {
  const isPhone = usePhone()
  const width = useWindowWidth()
  const place = useRef<HTMLElement>(null)
  useShortcuts({ j: () => move(place.current, 1), k: () => move(place.current, -1) })

  if (isPhone && phone)
    return (
      <ul
        ref={element => {
          place.current = element
        }}
        className={style.list}
        aria-label={label}
      >
        {rows.map(row => (
          <li key={keyOf(row)}>{phone(row)}</li>
        ))}
      </ul>
    )
  const columns = all.filter(({ from = 0 }) => width >= from)
  const classOf = ({ end = false }: Column<Row>) => (end ? style.end : undefined)
  return (
    <table
      ref={element => {
        place.current = element
      }}
      className={style.table}
      aria-label={label}
    >
      <colgroup>
        {columns.map(({ name, width }) => (
          <col key={name} style={{ width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(column => (
            <th key={column.name} scope="col" className={classOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={keyOf(row)}>
            {columns.map(column => (
              <td key={column.name} className={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      {total && (
        <tfoot>
          <tr>
            {columns.map(column => (
              <td key={column.name} className={classOf(column)}>
                {total[column.name]}
              </td>
            ))}
          </tr>
        </tfoot>
      )}
    </table>
  )
}

/** The link of a row: it covers the whole row. */
export function RowLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link href={to} className={style.link} data-row-link="">
      {children}
    </Link>
  )
}

/** Something else in a row that can be pressed: above the row's link. */
export function Above({ children }: { children: ReactNode }) {
  return <span className={style.above}>{children}</span>
}

/** Two facts of one cell, the second dim. */
export function Two({ top, below, strong = false }: { top: ReactNode; below?: ReactNode; strong?: boolean }) {
  return (
    <>
      <div className={`cut ${strong ? style.first : ''}`}>{top}</div>
      {below !== undefined && below !== null && <div className={`cut ${style.second}`}>{below}</div>}
    </>
  )
}

function move(place: HTMLElement | null, by: 1 | -1) {
  const links = [...(place?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
  const at = links.findIndex(link => link === document.activeElement)
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus()
}
