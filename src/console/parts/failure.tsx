import { Button } from '@mantine/core'
import { RequestFailure } from '../api/client.ts'
import { useText } from '../i18n/index.tsx'
import { Note } from './note.tsx'

/** What did not load, above what is still there: what happened, that tasks go on, the request's id, and another try. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useText()
  const failure = error instanceof RequestFailure ? error : null
  return (
    <Note
      tone="bad"
      act={
        onRetry && (
          <Button variant="subtle" color="gray" onClick={onRetry}>
            {t.parts.tryAgain}
          </Button>
        )
      }
    >
      <b>{t.parts.failedTitle}</b> {failure?.status ? t.parts.answered(failure.status) : t.parts.noAnswer}{' '}
      {failure?.status ? `${failure.message} ` : ''}
      {t.parts.unaffected} {failure?.requestId && <span className="mono dim">{failure.requestId}</span>}
    </Note>
  )
}
