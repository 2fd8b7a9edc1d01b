import { Button } from '@mantine/core'
import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Letter } from '../../parts/letter.tsx'
import { Slots } from '../../parts/slots.tsx'
import { Above, RowLink, Two, type Column } from '../../parts/table.tsx'
import { Tags } from '../../parts/tag.tsx'
import { ChannelMenu, type ChannelActs } from './menu.tsx'
import { ChannelState } from './state.tsx'
import type { Tested } from './tests.ts'
import style from './channels.module.css'

interface Given {
  acts: ChannelActs
  tests: Readonly<Record<string, Tested>>
  vendorName(id: string): string
}

/** The columns of the list. */
export function useColumns({ acts, tests, vendorName }: Given): Column<Channel>[] {
  const { t, format } = useText()
  const can = useCan()
  return [
    {
      name: 'name',
      head: t.channels.channel,
      width: '18%',
      cell: channel => <Name of={channel} vendor={vendorName(channel.vendor)} />
    },
    {
      name: 'health',
      head: t.channels.health,
      cell: channel => <ChannelState of={channel} tested={tests[channel.id]} />
    },
    { name: 'slots', head: t.channels.slots, width: 140, from: 900, cell: channel => <SlotsOf of={channel} /> },
    {
      name: 'waiting',
      head: t.channels.waiting,
      width: 68,
      end: true,
      from: 1180,
      cell: ({ id, queued }) =>
        queued > 0 ? (
          <Above>
            <Link href={`/tasks?channel=${id}&state=waiting`}>{format.number(queued)}</Link>
          </Above>
        ) : (
          <span className="dim">0</span>
        )
    },
    {
      name: 'models',
      head: t.channels.models,
      width: 128,
      from: 1300,
      cell: ({ models }) => <Tags names={Object.keys(models)} most={1} />
    },
    {
      name: 'priority',
      head: t.channels.priority,
      width: 68,
      end: true,
      from: 1300,
      cell: ({ priority, weight, built_in: builtIn }) =>
        builtIn ? (
          <span className="dim">{t.channels.last}</span>
        ) : (
          <>
            {format.number(priority)} {weight !== 1 && <span className="dim">×{format.number(weight)}</span>}
          </>
        )
    },
    { name: 'success', head: t.channels.success, width: 112, end: true, cell: channel => <Success of={channel} /> },
    {
      name: 'time',
      head: t.channels.time,
      width: 98,
      end: true,
      from: 1080,
      cell: ({ stats: { p50_ms: p50, p95_ms: p95 } }) =>
        p50 === null ? (
          <span className="dim">{t.parts.unknown}</span>
        ) : (
          <Two top={format.duration(p50)} below={p95 === null ? null : format.duration(p95)} />
        )
    },
    {
      name: 'acts',
      head: <span className="unseen">{t.channels.acts}</span>,
      width: 126,
      end: true,
      cell: channel => (
        <Above>
          <span className={style.acts}>
            {can('channels:write') && (
              <Button
                variant="subtle"
                color="gray"
                aria-label={t.channels.testOf(channel.name)}
                disabled={tests[channel.id] === 'running'}
                onClick={() => acts.onTest(channel)}
              >
                {t.channels.test}
              </Button>
            )}
            <ChannelMenu of={channel} acts={acts} />
          </span>
        </Above>
      )
    }
  ]
}

/** A channel in the list of a phone. */
export function PhoneChannel({ of, acts, tests, vendorName }: Given & { of: Channel }) {
  return (
    <>
      <div className={style.phone}>
        <Name of={of} vendor={vendorName(of.vendor)} />
        <div>
          <ChannelState of={of} tested={tests[of.id]} />
        </div>
        <SlotsOf of={of} />
      </div>
      <span className={style.phoneMenu}>
        <ChannelMenu of={of} acts={acts} />
      </span>
    </>
  )
}

function Name({ of: { id, name, disabled, built_in: builtIn }, vendor }: { of: Channel; vendor: string }) {
  const { t } = useText()
  return (
    <div className={style.name}>
      <Letter of={vendor} />
      <div className={style.names}>
        <Two
          strong={!disabled}
          top={
            <span className={disabled ? 'dim' : undefined} title={name}>
              <RowLink to={`/channels?open=${id}`}>{name}</RowLink>
            </span>
          }
          below={builtIn ? t.channels.builtIn : vendor}
        />
      </div>
    </div>
  )
}

function SlotsOf({ of: { in_flight: used, max_concurrency: total, learned_limit: learned } }: { of: Channel }) {
  const { t } = useText()
  const isLess = learned !== null && (total === null || learned < total)
  return (
    <>
      <Slots used={used} total={total} learned={isLess ? learned : null} />
      {isLess && <div className={`cut ${style.below} ${style.warn}`}>{t.parts.vendorAllows(learned)}</div>}
    </>
  )
}

function Success({ of: { id, stats } }: { of: Channel }) {
  const { t, format } = useText()
  const total = stats.ok + stats.failed
  if (total === 0) return <span className="dim">{t.parts.unknown}</span>
  const share = stats.ok / total
  return (
    <Above>
      <Link href={`/tasks?channel=${id}`} className={style.plain}>
        <Two
          top={
            <span className={share < 0.8 ? style.bad : share < 0.95 ? style.warn : ''}>{format.percent(share)}</span>
          }
          below={t.channels.of(format.number(total))}
        />
      </Link>
    </Above>
  )
}
