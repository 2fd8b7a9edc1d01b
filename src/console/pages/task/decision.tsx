import '@mantine/core/styles/Radio.layer.css'
import '@mantine/core/styles/InlineInput.layer.css'
import { Button, Radio } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Status } from '../../parts/status.tsx'
import { useNow } from '../../state/now.ts'
import type { Shown } from './data.ts'
import style from './outcome.module.css'

const outcomes = ['lost', 'charged', 'found'] as const

type Outcome = (typeof outcomes)[number]

/** Asks whether the vendor took a task whose submit it never answered. Nothing is chosen at the start. */
export default function Decision({ task }: { task: Shown }) {
  const { t, format } = useText()
  const can = useCan()
  const now = useNow()
  const client = useQueryClient()
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [upstreamId, setUpstreamId] = useState('')
  const decide = useMutation({
    mutationFn: () =>
      post(`/admin/tasks/${task.id}/resolve`, {
        outcome,
        ...(outcome === 'found' && upstreamId.trim() && { upstream_id: upstreamId.trim() })
      }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['task', task.id] }),
        client.invalidateQueries({ queryKey: ['tasks'] }),
        client.invalidateQueries({ queryKey: ['attention'] })
      ])
  })
  const held = task.held ? format.exactMoney(task.held) : t.parts.unknown
  const hints: Record<Outcome, string> = {
    lost: t.task.lostHint(held),
    charged: t.task.chargedHint(held, task.key.name),
    found: t.task.foundHint
  }
  const atId = errorOf('upstream_id', decide.error)
  const isReady = outcome !== null && (outcome !== 'found' || upstreamId.trim() !== '')

  return (
    <form
      className={style.decision}
      onSubmit={event => {
        event.preventDefault()
        decide.mutate()
      }}
    >
      <div className={style.outcome}>
        <Status state={task.state} />
        <h2>{t.task.decisionTitle}</h2>
      </div>
      <p className={style.advice}>{t.task.decisionText(task.channel?.name ?? t.task.theVendor, held)}</p>
      {can('tasks:write') ? (
        <>
          <Radio.Group
            aria-label={t.task.decisionTitle}
            value={outcome}
            // true because only these values are offered
            onChange={value => setOutcome(value as Outcome)}
          >
            <div className={style.choices}>
              {outcomes.map(one => (
                <Radio key={one} value={one} size="sm" label={t.task.outcomes[one]} description={hints[one]} />
              ))}
            </div>
          </Radio.Group>
          {outcome === 'found' && (
            <TextField
              className={style.upstreamId}
              label={t.task.upstreamId}
              autoComplete="off"
              spellCheck={false}
              value={upstreamId}
              error={atId}
              onChange={event => setUpstreamId(event.currentTarget.value)}
            />
          )}
          {decide.error && !atId && <Failure error={decide.error} />}
        </>
      ) : (
        <p className="dim">{t.task.mayNotDecide}</p>
      )}
      <div className={style.decisionFoot}>
        {task.decide_by !== null && <span className="dim">{t.task.releasedBy(format.ago(task.decide_by, now))}</span>}
        {can('tasks:write') && (
          <Button type="submit" disabled={!isReady} loading={decide.isPending}>
            {t.task.decide}
          </Button>
        )}
      </div>
    </form>
  )
}
