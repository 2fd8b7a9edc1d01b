import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { ArchiveTest } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Note } from '../../parts/note.tsx'
import { systemQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** Where finished videos are kept, and whether a file can be written there. */
export function Archive() {
  const { t, format } = useText()
  const can = useCan()
  const words = t.settings
  const { data: system } = useQuery(systemQuery)
  const test = useMutation({ mutationFn: () => post<ArchiveTest>('/admin/archive/test') })
  if (!system) return null
  const { kind } = system.archive
  return (
    <Section title={words.archive} text={words.archiveText}>
      <p className={style.line}>{kind === 'off' ? words.archiveOff : words.archiveKinds[kind]}</p>
      {kind !== 'off' && can('settings:write') && (
        <div className={style.acts}>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {words.testArchive}
          </Button>
          {test.data?.ok && <Note tone="ok">{words.archiveWorks(format.duration(test.data.latency_ms))}</Note>}
        </div>
      )}
      {test.data?.ok === false && <Note tone="bad">{words.archiveFails(test.data.error ?? '')}</Note>}
      {test.error && <Failure error={test.error} />}
    </Section>
  )
}
