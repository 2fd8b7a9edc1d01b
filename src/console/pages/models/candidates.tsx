import { ActionIcon, Button } from '@mantine/core'
import { ArrowDown, GripVertical, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import type { Channel, Model } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { Health } from '../../parts/status.tsx'
import { Two } from '../../parts/table.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { CandidatePanel } from './candidate-panel.tsx'
import { useChange } from './change.ts'
import { inOrder, moved } from './price.ts'
import style from './candidates.module.css'
import shared from './models.module.css'

type Candidate = Model['candidates'][number]

/** Who makes a model, in the order in which they are tried: dragged, or moved by Alt and the arrows. */
export function Candidates({ of, channels }: { of: Model; channels: readonly Channel[] }) {
  const { t, format } = useText()
  const can = useCan()
  const change = useChange(of.name)
  const [dragged, setDragged] = useState<number | null>(null)
  const [edited, setEdited] = useState<number | 'new' | null>(null)
  const [said, setSaid] = useState('')
  const mayWrite = can('models:write') && !of.managed_by
  const shown = inOrder((change.isPending && change.variables.candidates) || of.candidates)
  const nameOf = (candidate: Candidate) =>
    channels.find(({ id }) => id === candidate.channel)?.name ?? candidate.channel

  function move(from: number, to: number) {
    if (from === to || to < 0 || to >= shown.length) return
    change.mutate({ candidates: moved(shown, from, to) })
    setSaid(t.models.isNow(nameOf(shown[from]!), to + 1, shown.length))
  }

  function onKeyDown(event: KeyboardEvent, index: number) {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    move(index, index + (event.key === 'ArrowUp' ? -1 : 1))
  }

  return (
    <Card
      flush
      title={t.models.who}
      note={t.models.fromTop}
      side={
        mayWrite && (
          <Button variant="subtle" color="gray" leftSection={<Plus />} onClick={() => setEdited('new')}>
            {t.models.add}
          </Button>
        )
      }
    >
      {change.error && <Failure error={change.error} />}
      <ol>
        {shown.map((candidate, index) => {
          const channel = channels.find(({ id }) => id === candidate.channel)
          const total = channel ? channel.stats.ok + channel.stats.failed : 0
          return (
            // dragging is for the mouse; the grip does the same by keys
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
            <li
              key={`${candidate.channel} ${candidate.upstream_model}`}
              className={`${style.candidate} ${dragged === index ? style.dragged : ''}`}
              draggable={mayWrite}
              onDragStart={() => setDragged(index)}
              onDragEnd={() => setDragged(null)}
              onDragOver={event => event.preventDefault()}
              onDrop={() => dragged !== null && move(dragged, index)}
            >
              {mayWrite && (
                <ActionIcon
                  size={24}
                  className={style.grip}
                  aria-label={t.models.moveIt(nameOf(candidate), index + 1, shown.length)}
                  title={t.models.moveHint}
                  onKeyDown={event => onKeyDown(event, index)}
                >
                  <GripVertical />
                </ActionIcon>
              )}
              <span className="dim">{index + 1}</span>
              <div className={style.candidateName}>
                <Two
                  top={<Link href={`/channels?open=${candidate.channel}`}>{nameOf(candidate)}</Link>}
                  below={
                    <>
                      {channel && `${channel.vendor} · `}
                      <span className="mono">{candidate.upstream_model}</span>
                    </>
                  }
                  strong
                />
              </div>
              <span className={style.healthOf}>{channel && <Health channel={channel} />}</span>
              <span className={style.number}>{t.models.priority(candidate.priority)}</span>
              <span className={style.number}>{t.models.weight(candidate.weight)}</span>
              <span className={style.share}>
                {channel && total > 0 ? format.percent(channel.stats.ok / total) : t.parts.unknown}
              </span>
              <RowMenu
                of={nameOf(candidate)}
                acts={[
                  mayWrite && { label: t.models.edit, icon: Pencil, run: () => setEdited(index) },
                  mayWrite && {
                    label: t.models.remove,
                    icon: Trash2,
                    run: () => change.mutate({ candidates: shown.filter(one => one !== candidate) })
                  }
                ]}
              />
            </li>
          )
        })}
      </ol>
      {shown.length === 0 && <p className={shared.none}>{t.models.noChannelText}</p>}
      <div className={style.foot}>
        <ArrowDown aria-hidden="true" />
        <span className={style.footText}>{of.retry_failed ? t.models.nextFailed : t.models.next}</span>
        <Toggle
          label={t.models.retryFailed}
          labelPosition="left"
          size="xs"
          disabled={!mayWrite}
          checked={(change.isPending ? change.variables.retry_failed : undefined) ?? of.retry_failed}
          onChange={on => change.mutate({ retry_failed: on })}
        />
      </div>
      <span className="unseen" role="status">
        {said}
      </span>
      {edited !== null && (
        <CandidatePanel
          of={edited === 'new' ? null : (shown[edited] ?? null)}
          model={of.name}
          channels={channels}
          onSave={candidate =>
            change.mutateAsync({
              candidates:
                edited === 'new'
                  ? [...shown, candidate]
                  : shown.map((one, index) => (index === edited ? candidate : one))
            })
          }
          onClose={() => setEdited(null)}
        />
      )}
    </Card>
  )
}
