import '@mantine/core/styles/Input.layer.css'
import { Button, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import { useShortcuts } from '../shell/shortcuts.ts'
import style from './filter-bar.module.css'

interface Props {
  /** the chips */
  children?: ReactNode
  /** the field for text, reached by `/` */
  search?: { label: string; value: string; onChange(value: string): void }
  /** shown while something is set */
  onClear?: (() => void) | undefined
}

/** The filters of a list in one row: text, chips, a way to clear them all. */
export function FilterBar({ children, search, onClear }: Props) {
  const { t } = useText()
  return (
    <div className={style.bar} role="search">
      {/* another value from outside, e.g. Back or "Clear all", is shown */}
      {search && <SearchField key={search.value} {...search} />}
      {children}
      {onClear && (
        <Button variant="subtle" color="gray" onClick={onClear}>
          {t.parts.clearAll}
        </Button>
      )}
    </div>
  )
}

const PAUSE_MS = 300

function SearchField({ label, value, onChange }: NonNullable<Props['search']>) {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [typed, setTyped] = useState(value)
  useShortcuts({ '/': () => field.current?.focus() })
  return (
    <TextInput
      ref={field}
      className={style.search}
      size="xs"
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<Search aria-hidden="true" />}
      rightSection={typed === '' ? <kbd>/</kbd> : null}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => onChange(currentTarget.value.trim()), PAUSE_MS)
      }}
    />
  )
}
