import { ActionIcon, Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Ban, Download, Ellipsis } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { addressOf, queryOf } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { TaskFilter } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { summaryOf } from '../../api/task-summary.ts'
import { Menu } from '../../parts/menu.tsx'

const CancelSeveral = lazy(() => import('./cancel-several.tsx'))

/** What is done with all tasks of the filter: exported, cancelled. */
export function Actions({ search }: { search: TaskFilter }) {
  const { t } = useText()
  const can = useCan()
  return (
    <>
      <Menu
        label={t.tasks.export}
        items={(['csv', 'ndjson'] as const).map(format => ({
          label: t.tasks.formats[format],
          download: addressOf('/admin/tasks') + queryOf({ ...search, format })
        }))}
        button={
          <Button variant="default" leftSection={<Download />}>
            {t.tasks.export}
          </Button>
        }
      />
      {can('tasks:write') && <More search={search} />}
    </>
  )
}

const open = ['waiting', 'running']

function More({ search: { sort: _sort, order: _order, ...filter } }: { search: TaskFilter }) {
  const { t, format } = useText()
  const [asks, setAsks] = useState(false)
  const given = filter.state?.split(',') ?? open
  const state = given.filter(one => open.includes(one)).join(',')
  const { data } = useQuery({ ...summaryOf({ ...filter, state }), enabled: state !== '' })
  const count = state === '' ? 0 : (data?.count ?? 0)
  return (
    <>
      <Menu
        label={t.parts.moreOptions}
        width={260}
        items={[
          {
            label: count === 0 ? t.tasks.noneToCancel : t.tasks.cancelAll(format.number(count)),
            icon: Ban,
            disabled: count === 0 || data?.capped === true,
            run: () => setAsks(true)
          }
        ]}
        button={
          <ActionIcon variant="default" aria-label={t.parts.moreOptions}>
            <Ellipsis />
          </ActionIcon>
        }
      />
      <Suspense>
        {asks && (
          <CancelSeveral
            count={count}
            what={{ filter: { ...filter, state }, expected_count: count }}
            onClose={() => setAsks(false)}
          />
        )}
      </Suspense>
    </>
  )
}
