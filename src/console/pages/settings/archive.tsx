import { useQuery } from '@tanstack/react-query'
import { useText } from '../../i18n/index.tsx'
import { systemQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** Where finished videos are kept. */
export function Archive() {
  const { t } = useText()
  const words = t.settings
  const { data: system } = useQuery(systemQuery)
  if (!system) return null
  const { kind } = system.archive
  return (
    <Section title={words.archive} text={words.archiveText}>
      <p className={style.line}>{kind === 'off' ? words.archiveOff : words.archiveKinds[kind]}</p>
    </Section>
  )
}
