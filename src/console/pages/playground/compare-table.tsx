import type { ReactNode } from 'react'
import type { Money } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { resolutionOf } from '../../parts/asked.ts'
import { Table, type Column } from '../../parts/table.tsx'
import type { Shown } from '../task/data.ts'
import type { PlayModel } from './settings.ts'
import style from './compare.module.css'

/** Price, time, and what was really made; what is otherwise than asked is amber, the cheapest green. */
export function CompareTable({ tasks, models }: { tasks: readonly Shown[]; models: readonly PlayModel[] }) {
  const { t, format } = useText()
  const costOf = (task: Shown): Money | null => task.charged ?? task.held ?? task.price
  const costs = tasks.flatMap(task => {
    const cost = costOf(task)
    return cost && task.state === 'succeeded' ? [Number(cost.amount)] : []
  })
  const cheapest = costs.length > 1 ? Math.min(...costs) : null
  const unknown = <span className="dim">{t.parts.unknown}</span>

  const columns: Column<Shown>[] = [
    { name: 'model', head: t.task.model, cell: task => <b className={style.model}>{task.model}</b> },
    { name: 'cost', head: t.tasks.cost, width: 90, end: true, cell: costCell },
    { name: 'per', head: t.playground.perSecond, width: 100, end: true, cell: perCell },
    { name: 'took', head: t.tasks.took, width: 110, end: true, cell: tookCell },
    { name: 'made', head: t.task.made, width: 140, end: true, cell: madeCell },
    { name: 'sound', head: t.playground.sound, width: 80, cell: soundCell }
  ]
  return <Table label={t.playground.comparison} columns={columns} rows={tasks} keyOf={({ id }) => id} />

  function costCell(task: Shown): ReactNode {
    const cost = costOf(task)
    if (!cost) return unknown
    const isCheapest = task.state === 'succeeded' && Number(cost.amount) === cheapest
    return (
      <span className={isCheapest ? style.cheapest : task.charged ? undefined : 'dim'}>{format.exactMoney(cost)}</span>
    )
  }

  function perCell(task: Shown): ReactNode {
    const [cost, seconds] = [costOf(task), Number(task.seconds ?? 0)]
    if (!cost || seconds <= 0) return unknown
    return format.exactMoney({ amount: (Number(cost.amount) / seconds).toFixed(3), currency: cost.currency })
  }

  function tookCell(task: Shown): ReactNode {
    if (task.ended_at !== null) return format.duration((task.ended_at - task.created_at) * 1000)
    const usual = models.find(({ id }) => id === task.model)?.usual_ms
    return usual ? <span className="dim">~ {format.duration(usual)}</span> : unknown
  }

  function madeCell(task: Shown): ReactNode {
    const { request, metadata } = task
    const seconds = Number(task.seconds ?? 0)
    const [width, height] = [metadata.width ?? 0, metadata.height ?? 0]
    const made = resolutionOf(width, height) ?? resolutionOf(...sizeOf(task.size))
    const asked = request?.metadata?.resolution
    const isOther =
      (request?.seconds !== undefined && seconds > 0 && Math.abs(request.seconds - seconds) > 0.3) ||
      (typeof asked === 'string' && made !== null && asked.toLowerCase() !== made.toLowerCase())
    const text = [seconds > 0 && format.length(seconds), made].filter(Boolean).join(' · ')
    return text ? <span className={isOther ? style.deviates : undefined}>{text}</span> : unknown
  }

  function soundCell({ request, warnings }: Shown): ReactNode {
    if (request?.audio === undefined) return unknown
    const isRefused = warnings.some(({ field }) => field === 'audio')
    if (!request.audio) return t.task.silent
    return isRefused ? <span className={style.deviates}>{t.task.silent}</span> : t.playground.on
  }
}

function sizeOf(size: string | null): [number, number] {
  const [width = 0, height = 0] = (size ?? '').split(/[x*×]/i).map(Number)
  return [width, height]
}
