import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useText } from '../i18n/index.tsx'
import { Note } from '../parts/note.tsx'
import { useReachable } from '../state/reachable.ts'
import style from './offline.module.css'

/** Says that the gateway does not answer, above what the page last knew. */
export function Offline() {
  const { t } = useText()
  const queries = useQueryClient()
  if (useReachable()) return null
  const retry = (
    <Button variant="subtle" color="gray" onClick={() => void queries.refetchQueries({ type: 'active' })}>
      {t.shell.retryNow}
    </Button>
  )
  return (
    <div className={style.offline}>
      <Note tone="warn" act={retry}>
        {t.shell.offline}
      </Note>
    </div>
  )
}
