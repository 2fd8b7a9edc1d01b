import { Button } from '@mantine/core'
import { RefreshCw, Unplug } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import { Empty } from '../parts/empty.tsx'

interface State {
  error: unknown
}

/** Shows what broke instead of an empty page. A class, because React has no other way to catch what rendering throws. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override readonly state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render() {
    return this.state.error === null ? this.props.children : <Broken error={this.state.error} />
  }
}

/** A file of a page that is no longer there means that the server was updated. */
function Broken({ error }: { error: unknown }) {
  const { t } = useText()
  const isUpdated = error instanceof TypeError && /import|module|preload/i.test(error.message)
  return (
    <Empty
      alone
      icon={isUpdated ? RefreshCw : Unplug}
      title={isUpdated ? t.shell.updatedTitle : t.shell.brokenTitle}
      text={isUpdated ? t.shell.updatedText : t.shell.brokenText}
      act={<Button onClick={() => location.reload()}>{t.shell.reload}</Button>}
    />
  )
}
