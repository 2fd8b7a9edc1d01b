import '@mantine/core/styles/InlineInput.layer.css'
import '@mantine/core/styles/Switch.layer.css'
import { Switch, type SwitchProps } from '@mantine/core'

/** On or off, at once. */
export const Toggle = (props: Omit<SwitchProps, 'onChange'> & { onChange(on: boolean): void }) => (
  <Switch
    size="sm"
    withThumbIndicator={false}
    {...props}
    onChange={event => props.onChange(event.currentTarget.checked)}
  />
)
