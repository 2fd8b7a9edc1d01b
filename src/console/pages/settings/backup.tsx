import { Button } from '@mantine/core'
import { Download } from 'lucide-react'
import { addressOf } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** A copy of the database. */
export function Backup() {
  const { t } = useText()
  return (
    <Section title={t.settings.backup} text={t.settings.backupText}>
      <div className={style.acts}>
        <Button component="a" href={addressOf('/admin/backup')} download variant="default" leftSection={<Download />}>
          {t.settings.download}
        </Button>
      </div>
    </Section>
  )
}
