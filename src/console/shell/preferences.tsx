import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { Monitor, Moon, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { languages, useText, type Language } from '../i18n/index.tsx'
import { Segmented } from '../parts/segmented.tsx'
import style from './preferences.module.css'

export function ThemeSwitch() {
  const { t } = useText()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Segmented<MantineColorScheme>
      label={t.shell.theme}
      value={colorScheme}
      choices={[
        { value: 'light', label: <Named name={t.shell.light} icon={<Sun aria-hidden="true" />} /> },
        { value: 'dark', label: <Named name={t.shell.dark} icon={<Moon aria-hidden="true" />} /> },
        { value: 'auto', label: <Named name={t.shell.auto} icon={<Monitor aria-hidden="true" />} /> }
      ]}
      onChange={setColorScheme}
    />
  )
}

export function LanguageSwitch() {
  const { t, language, setLanguage } = useText()
  return (
    <Segmented<Language>
      label={t.shell.language}
      value={language}
      choices={[
        { value: 'en', label: languages.en },
        { value: 'zh', label: languages.zh }
      ]}
      onChange={next => void setLanguage(next)}
    />
  )
}

function Named({ name, icon }: { name: string; icon: ReactNode }) {
  return (
    <span className={style.named} title={name}>
      {icon}
      <span className="unseen">{name}</span>
    </span>
  )
}
