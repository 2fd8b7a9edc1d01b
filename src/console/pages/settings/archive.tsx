import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive as ArchiveIcon } from 'lucide-react'
import { post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { ArchiveTest } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Note } from '../../parts/note.tsx'
import { systemQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** Where finished videos are kept, with a test that writes. */
export function Archive() {
  const { t, format } = useText()
  const words = t.settings
  const can = useCan()
  const queries = useQueryClient()
  const { data: system } = useQuery(systemQuery)
  const test = useMutation({
    mutationFn: () => post<ArchiveTest>('/admin/archive/test'),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['system'] })
  })
  if (!system) return null
  const { kind } = system.archive
  return (
    <Section title={words.archive} text={words.archiveText}>
      {kind === 'off' || !can('settings:write') ? (
        <p className={style.line}>{kind === 'off' ? words.archiveOff : words.archiveKinds[kind]}</p>
      ) : (
        <div className={style.acts}>
          <Button
            variant="default"
            leftSection={<ArchiveIcon />}
            loading={test.isPending}
            onClick={() => test.mutate()}
          >
            {words.writeTest}
          </Button>
          <span className="dim">{words.writeTestText}</span>
        </div>
      )}
      {test.error && <Failure error={test.error} />}
      {test.data &&
        (test.data.ok ? (
          <Note tone="ok">{words.testOk(format.duration(test.data.latency_ms))}</Note>
        ) : (
          <Note tone="bad">
            <b>{words.testFailed}</b> <span className="mono">{test.data.error}</span>
          </Note>
        ))}
    </Section>
  )
}
