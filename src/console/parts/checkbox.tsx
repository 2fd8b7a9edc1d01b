import '@mantine/core/styles/InlineInput.layer.css'
import '@mantine/core/styles/Checkbox.layer.css'
import { Checkbox as MantineCheckbox, type CheckboxProps } from '@mantine/core'

/** One of several that may be chosen. */
export const Checkbox = (props: Omit<CheckboxProps, 'onChange'> & { onChange(on: boolean): void }) => (
  <MantineCheckbox size="xs" radius={4} {...props} onChange={event => props.onChange(event.currentTarget.checked)} />
)
