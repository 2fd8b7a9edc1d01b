import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { request } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Capabilities, Model } from '../../api/types/index.ts'
import type { Format } from '../../i18n/format.ts'
import { useText } from '../../i18n/index.tsx'
import type { Words } from '../../i18n/words.ts'
import { Card } from '../../parts/card.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Letter } from '../../parts/letter.tsx'
import { ManagedNote } from '../../parts/managed-note.tsx'
import { Note } from '../../parts/note.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { Tag } from '../../parts/tag.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { pathOf, useChange } from './change.ts'
import style from './models.module.css'

/** A model: how much it is used, what it can do, whether it is offered. `videos`: of 30 days. */
export function ModelHead({ of, videos }: { of: Model; videos: number | undefined }) {
  const { t, format } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const mayWrite = can('models:write') && !of.managed_by
  const change = useChange(of.name)
  const [resets, setResets] = useState(false)
  const facts = [
    videos !== undefined && t.models.videos(format.number(videos)),
    of.usual_ms !== null && t.models.about(format.duration(of.usual_ms))
  ].filter(Boolean)
  const retired = of.capabilities?.retired
  return (
    <Card>
      <div className={style.head}>
        <Letter of={of.name} />
        <div className={style.names}>
          <h2 className={style.name}>{of.name}</h2>
          <p className="small dim">{facts.join(' · ')}</p>
        </div>
        <div className={style.acts}>
          <Toggle
            label={t.models.offered}
            labelPosition="left"
            disabled={!mayWrite}
            checked={!(change.isPending ? (change.variables.disabled ?? of.disabled) : of.disabled)}
            onChange={on => change.mutate({ disabled: !on })}
          />
          {can('tasks:write') && (
            <Button component={Link} href={`/playground?models=${encodeURIComponent(of.name)}`} variant="default">
              {t.models.tryIt}
            </Button>
          )}
          <RowMenu
            of={of.name}
            acts={[mayWrite && { label: t.models.reset, icon: RotateCcw, run: () => setResets(true) }]}
          />
        </div>
      </div>
      <ManagedNote by={of.managed_by} />
      {change.error && <Failure error={change.error} />}
      {!of.available && !of.disabled && <Note tone="bad">{of.unavailable_reason ?? t.models.noChannelText}</Note>}
      {retired && <Note tone="warn">{t.models.retired(retired.since, retired.replacement)}</Note>}
      <p className={style.tags}>
        {of.capabilities
          ? abilities(of.capabilities, t, format).map(text => <Tag key={text}>{text}</Tag>)
          : t.models.unknownAbilities}
      </p>
      <Confirm
        opened={resets}
        title={t.models.resetTitle(of.name)}
        act={t.models.reset}
        danger
        onConfirm={async () => {
          await request('DELETE', pathOf(of.name))
          await queries.invalidateQueries({ queryKey: ['models'] })
        }}
        onClose={() => setResets(false)}
      >
        {t.models.resetText}
      </Confirm>
    </Card>
  )
}

/** What a model can do, in short words. */
function abilities(can: Capabilities, t: Words, format: Format): string[] {
  const { seconds } = can
  const number = (n: number) => format.number(n)
  return [
    ...(seconds === null
      ? []
      : [
          Array.isArray(seconds)
            ? t.units.s(seconds.map(number).join(' · '))
            : t.units.s(`${number(seconds.min)}–${number(seconds.max)}`)
        ]),
    ...(can.aspect_ratios ?? []),
    ...(can.resolutions ?? []),
    ...(can.image_roles ?? []).map(role => t.models.roles[role]),
    ...(can.audio ? [t.models.sound] : []),
    ...(can.max_videos > 1 ? [t.models.upTo(number(can.max_videos))] : [])
  ]
}
