import { Button } from '@mantine/core'
import { Check } from 'lucide-react'
import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import type { OverviewData } from './data.ts'
import style from './first-steps.module.css'

/** What a new installation needs; what is done has a tick. */
export function FirstSteps({ data: { overview, channels, keys } }: { data: OverviewData }) {
  const { t } = useText()
  const can = useCan()
  const { steps, newTitle, newText } = t.overview
  const all = [
    {
      name: 'channel',
      ...steps.channel,
      to: '/channels?new=1',
      allowed: can('channels:write'),
      done: channels.data?.data.some(channel => !channel.built_in) ?? false
    },
    {
      name: 'key',
      ...steps.key,
      to: '/keys?new=1',
      allowed: can('keys:write'),
      done: (keys.data?.data.length ?? 0) > 0
    },
    {
      name: 'video',
      ...steps.video,
      to: '/playground',
      allowed: can('tasks:write'),
      done: (overview.data?.answer.latest.length ?? 0) > 0
    }
  ]
  const next = all.find(({ done, allowed }) => allowed && !done)
  return (
    <Card title={newTitle} note={<span className={style.note}>{newText}</span>} flush>
      <ol className={style.steps}>
        {all.map(({ name, title, text, act, to, allowed, done }, index) => (
          <li key={name} className={style.step}>
            <span className={`${style.number} ${done ? style.done : ''}`}>
              {done ? <Check aria-label={t.parts.done} /> : index + 1}
            </span>
            <div>
              <h3>{title}</h3>
              <p className={style.text}>{text}</p>
              {allowed && !done && (
                <Button component={Link} href={to} variant={next?.name === name ? 'filled' : 'default'}>
                  {act}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}
