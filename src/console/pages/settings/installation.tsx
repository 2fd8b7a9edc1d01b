import { useQuery } from '@tanstack/react-query'
import { Check, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { System } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { useNow } from '../../state/now.ts'
import { systemQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

interface Fact {
  label: string
  value: ReactNode
  /** how it is */
  state?: string | undefined
  isBad?: boolean | undefined
}

/** What runs, and whether it is well. */
export function Installation() {
  const { t } = useText()
  const { data, error, refetch } = useQuery(systemQuery)
  return (
    <Section title={t.settings.installation} text={t.settings.installationText}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data ? (
        <Facts system={data} />
      ) : (
        !error && (
          <Card flush>
            <RowSkeletons rows={5} />
          </Card>
        )
      )}
    </Section>
  )
}

function Facts({ system }: { system: System }) {
  const { t, format } = useText()
  const now = useNow()
  const words = t.settings
  const { version, uptime_s, node, database, archive, redis, nodes, disk, counts } = system
  const bytes = database.size_bytes === null ? [] : [format.bytes(database.size_bytes)]
  const lastSeen = Math.max(...nodes.map(({ last_seen }) => last_seen))
  const facts: Fact[] = [
    { label: words.version, value: version, state: words.upFor(format.duration(uptime_s * 1000)) },
    {
      label: words.database,
      value: [words.databaseKinds[database.kind], ...bytes].join(' · '),
      state: words.migrations(format.number(database.migrations))
    },
    {
      label: words.archive,
      value:
        archive.kind === 'off'
          ? words.archiveOff
          : `${words.archiveKinds[archive.kind]} · ${words.files(format.number(counts.files))}`,
      state: archive.kind === 'off' ? undefined : archive.ok ? words.writable : (archive.error ?? words.notConnected),
      isBad: archive.kind !== 'off' && !archive.ok
    },
    {
      label: words.nodes,
      value: words.nodeCount(nodes.length, format.number(counts.open)),
      state: nodes.length > 0 ? words.seen(format.ago(lastSeen, now)) : undefined
    },
    ...(disk
      ? [
          {
            label: words.disk,
            value: words.diskFree(format.bytes(disk.free_bytes), format.bytes(disk.total_bytes))
          }
        ]
      : []),
    ...(redis
      ? [{ label: words.redis, value: redis.ok ? words.connected : words.notConnected, isBad: !redis.ok }]
      : []),
    { label: words.node, value: node }
  ]
  return (
    <Card flush>
      <dl className={style.facts}>
        {facts.map(({ label, value, state, isBad = false }) => (
          <div key={label} className={style.fact}>
            <dt>{label}</dt>
            <dd>{value}</dd>
            <dd className={isBad ? style.bad : style.state}>
              {state !== undefined && (isBad ? <TriangleAlert aria-hidden="true" /> : <Check aria-hidden="true" />)}
              {state}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
