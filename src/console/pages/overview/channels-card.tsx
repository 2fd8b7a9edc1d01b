import { Link } from 'wouter'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { Slots } from '../../parts/slots.tsx'
import { RowLink, Table, Two, type Column } from '../../parts/table.tsx'
import type { OverviewData } from './data.ts'
import style from './overview.module.css'

const MOST = 8

/** How full each channel is; those that do not work come first. */
export function ChannelsCard({ query: { data, error } }: { query: OverviewData['channels'] }) {
  const { t, format } = useText()
  const words = t.overview
  const rows = data?.data.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, MOST)
  const columns: Column<Channel>[] = [
    {
      name: 'channel',
      head: words.channel,
      cell: channel => (
        <Two
          strong
          top={<RowLink to={`/channels?open=${channel.id}`}>{channel.name}</RowLink>}
          below={<Below channel={channel} />}
        />
      )
    },
    {
      name: 'slots',
      head: words.channelSlots,
      width: '35%',
      cell: ({ in_flight, max_concurrency, learned_limit }) => (
        <Slots used={in_flight} total={max_concurrency} learned={learned_limit} />
      )
    },
    {
      name: 'waiting',
      head: words.waitingHead,
      width: '16%',
      end: true,
      cell: ({ queued }) => <span className={queued === 0 ? 'dim' : undefined}>{format.number(queued)}</span>
    },
    {
      name: 'p50',
      head: 'p50',
      width: '21%',
      end: true,
      cell: ({ stats: { p50_ms } }) =>
        p50_ms === null ? <span className="dim">{t.parts.unknown}</span> : format.duration(p50_ms)
    }
  ]
  return (
    <Card title={words.channels} side={<Link href="/channels">{words.manage}</Link>} flush>
      {!rows ? (
        error ? (
          <p className={style.none}>{t.parts.failedTitle}</p>
        ) : (
          <RowSkeletons rows={6} />
        )
      ) : rows.length === 0 ? (
        <p className={style.none}>{words.noChannels}</p>
      ) : (
        <Table label={words.channels} columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
    </Card>
  )
}

function Below({ channel: { disabled, health, vendor } }: { channel: Channel }) {
  const { t } = useText()
  if (disabled) return t.health.off
  if (health.state === 'ok') return vendor
  // true because a reason without a word is shown as it is
  const why = health.reason && ((t.reasons as Record<string, string>)[health.reason] ?? health.reason)
  return (
    <span className={health.state === 'disabled' ? style.stopped : style.reason}>{why ?? t.health[health.state]}</span>
  )
}

const rankOf = ({ disabled, health }: Channel) => (disabled ? 3 : { disabled: 0, cooling: 1, ok: 2 }[health.state])
