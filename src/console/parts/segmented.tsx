import { SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props<Value extends string> {
  /** what is chosen here, for screen readers */
  label: string
  value: Value
  choices: readonly { value: Value; label: ReactNode }[]
  onChange(value: Value): void
}

/** One of a few choices, all visible. */
export function Segmented<Value extends string>({ label, value, choices, onChange }: Props<Value>) {
  return (
    <SegmentedControl
      aria-label={label}
      data={[...choices]}
      value={value}
      // true because only these values were given
      onChange={chosen => onChange(chosen as Value)}
    />
  )
}
