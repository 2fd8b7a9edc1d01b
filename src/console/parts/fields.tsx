import '@mantine/core/styles/Input.layer.css'
import '@mantine/core/styles/InlineInput.layer.css'
import '@mantine/core/styles/PasswordInput.layer.css'
import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { RequestFailure } from '../api/client.ts'
import { useText } from '../i18n/index.tsx'

export { TextInput as TextField, Textarea as TextArea } from '@mantine/core'

/** A field for a password or another secret, with a way to look at it. */
export function SecretField(props: PasswordInputProps) {
  const { t } = useText()
  const [shows, hides] = [t.signIn.showPassword, t.signIn.hidePassword]
  return <PasswordInput visibilityToggleButtonProps={{ 'aria-label': props.visible ? hides : shows }} {...props} />
}

/** What the server says about one field; undefined: nothing. */
export function errorOf(field: string, error: unknown): string | undefined {
  if (!(error instanceof RequestFailure) || error.param !== field) return undefined
  // the field is named by where it is shown
  return error.message.replace(`${field}: `, '')
}
