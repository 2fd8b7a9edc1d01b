import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'

/** Sends again what was given up, of one endpoint or of all. `failed`: how many of them there are, as far as it is known. */
export function ReplayFailed({
  endpoint,
  failed,
  onDone
}: {
  endpoint: string
  failed: number
  onDone(count: number): void
}) {
  const { t, format } = useText()
  const queries = useQueryClient()
  const [asks, setAsks] = useState(false)
  return (
    <>
      <Button variant="default" leftSection={<RefreshCw />} onClick={() => setAsks(true)}>
        {failed > 0 ? t.webhooks.replayFailed(format.number(failed)) : t.webhooks.replayAll}
      </Button>
      <Confirm
        opened={asks}
        title={t.webhooks.replayAll}
        act={t.webhooks.replay}
        onConfirm={async () => {
          const { count } = await post<{ count: number }>('/admin/webhook_deliveries/replay', {
            status: 'failed',
            ...(endpoint && { endpoint })
          })
          await queries.invalidateQueries({
            predicate: ({ queryKey: [first] }) => first === 'deliveries' || first === 'endpoints'
          })
          onDone(count)
        }}
        onClose={() => setAsks(false)}
      >
        {t.webhooks.replayText}
      </Confirm>
    </>
  )
}
