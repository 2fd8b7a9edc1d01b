import { Button } from '@mantine/core'
import { BookOpen } from 'lucide-react'
import { addressOf } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Page } from '../../parts/page.tsx'
import { LanguageSwitch, ThemeSwitch } from '../../shell/preferences.tsx'
import { Alerts } from './alerts.tsx'
import { Archive } from './archive.tsx'
import { Backup } from './backup.tsx'
import { Environment } from './environment.tsx'
import { Installation } from './installation.tsx'
import { Password } from './password.tsx'
import { Retention } from './retention.tsx'
import { Section } from './section.tsx'
import { Sessions } from './sessions.tsx'
import { Users } from './users.tsx'
import style from './settings.module.css'

/** How this installation is, who may sign in, and how this browser shows it: what this session may see of it. */
export default function Settings() {
  const { t } = useText()
  const can = useCan()
  const { kind } = useSession()
  const words = t.settings
  return (
    <Page title={words.title}>
      <div className={style.sections}>
        <Installation />
        <Section title={words.you} text={words.youText}>
          <div className={style.choices}>
            <span className={style.choice}>
              {words.theme} <ThemeSwitch />
            </span>
            <span className={style.choice}>
              {words.language} <LanguageSwitch />
            </span>
          </div>
          {kind === 'user' && <Password />}
        </Section>
        <Archive />
        {can('settings:read') && <Retention />}
        {can('settings:read') && <Alerts />}
        {can('backup:read') && <Backup />}
        {can('users:read') && <Users />}
        {can('sessions:own') && <Sessions />}
        <Environment />
        <Section title={words.reference} text={words.referenceText}>
          <div className={style.acts}>
            <Button component="a" variant="default" leftSection={<BookOpen />} href={addressOf('/docs')}>
              {words.openReference}
            </Button>
          </div>
        </Section>
      </div>
    </Page>
  )
}
