import type { ChannelTest } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../failure.tsx'
import { Note } from '../note.tsx'

/** What came of the test of a channel. */
export function Tested({ test, error }: { test: ChannelTest | undefined; error: unknown }) {
  const { t, format } = useText()
  if (error) return <Failure error={error} />
  if (!test) return null
  if (!test.ok) return <Note tone="bad">{test.message}</Note>
  return (
    <Note tone="ok">
      {t.channelForm.testWorks(test.latency_ms === null ? t.parts.unknown : format.duration(test.latency_ms))}
    </Note>
  )
}
