import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { systemQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** What the gateway read when it started, and from where. */
export function Environment() {
  const { t } = useText()
  const words = t.settings
  const [all, setAll] = useState(false)
  const { data } = useQuery(systemQuery)
  if (!data) return null
  const set = data.environment.filter(({ origin }) => origin !== 'default')
  const hidden = data.environment.length - set.length
  const shown = all ? data.environment : set
  return (
    <Section title={words.environment} text={words.environmentText}>
      <Card flush>
        <ul aria-label={words.environment}>
          {shown.map(({ name, value, origin, description }) => (
            <li key={name} className={`${style.row} ${style.variable}`}>
              <div>
                <div className="mono cut" title={name}>
                  {name}
                </div>
                <div className="small dim">{description}</div>
              </div>
              <div className={`mono ${style.value}`}>{value ?? <span className="dim">{words.notSet}</span>}</div>
              <span className={`${style.origin} ${origin === 'default' ? '' : style.set}`}>
                {words.origins[origin]}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      {hidden > 0 && (
        <div className={style.acts}>
          <Button variant="subtle" color="gray" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? words.hideDefaults : words.showDefaults(hidden)}
          </Button>
        </div>
      )}
    </Section>
  )
}
