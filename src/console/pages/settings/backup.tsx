import { Button } from '@mantine/core'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { addressOf, queryOf } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Checkbox } from '../../parts/checkbox.tsx'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** A copy of everything, to download. */
export function Backup() {
  const { t } = useText()
  const words = t.settings
  const [archive, setArchive] = useState(false)
  return (
    <Section title={words.backup} text={words.backupText}>
      <Checkbox label={words.backupVideos} checked={archive} onChange={setArchive} />
      <div className={style.acts}>
        <Button
          component="a"
          download
          variant="default"
          leftSection={<Download />}
          href={addressOf('/admin/backup') + queryOf({ archive })}
        >
          {words.downloadBackup}
        </Button>
      </div>
      <p className={style.about}>{words.backupWarning}</p>
    </Section>
  )
}
