import { Button } from '@mantine/core'
import { Clapperboard } from 'lucide-react'
import { Link } from 'wouter'
import { usePages } from '../../api/pages.ts'
import { useSession } from '../../api/session.ts'
import type { Video } from '../../api/types/index.ts'
import { taskOf } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { useColumns } from './columns.tsx'
import { PhoneRow } from './phone-row.tsx'

/** What a member key made. */
export function OwnTasks() {
  const { t } = useText()
  const { key } = useSession()
  const list = usePages<Video>(['tasks', 'own'], '/v1/videos')
  const columns = useColumns({ room: 'all', search: '', sort: 'created', order: 'desc', own: true })
  const rows = list.rows?.map(video => taskOf(video, key ?? { id: '', name: '' })) ?? null
  return (
    <Page title={t.tasks.title}>
      <PagedTable
        label={t.tasks.title}
        list={{ ...list, rows }}
        columns={columns}
        keyOf={task => task.id}
        thumb
        phone={task => <PhoneRow task={task} search="" own />}
        empty={
          <Empty
            icon={Clapperboard}
            title={t.tasks.none}
            text={t.tasks.noneText}
            act={
              <Button component={Link} href="/playground">
                {t.tasks.toPlayground}
              </Button>
            }
          />
        }
      />
    </Page>
  )
}
