import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Input.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/spotlight/styles.layer.css'
import { useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { useQuery } from '@tanstack/react-query'
import { Clapperboard, Keyboard, Languages, LogOut, Moon, Plus, Search, type LucideIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { get } from '../api/client.ts'
import { useCan, useSignOut } from '../api/session.ts'
import type { List, Task } from '../api/types/index.ts'
import { languages, useText } from '../i18n/index.tsx'
import { Thumb } from '../parts/thumb.tsx'
import type { Page } from './pages.ts'
import style from './palette.module.css'

interface Props {
  pages: readonly Page[]
  onHelp(): void
  onClose(): void
}

interface Act {
  label: string
  icon: LucideIcon
  key?: string | undefined
  run(): void
}

const [store, spotlight] = createSpotlight()
const PAUSE_MS = 200

/** Search, go, act: pages, what one often does, and videos by id or words of their prompt. */
export default function Palette({ pages, onHelp, onClose }: Props) {
  const { t } = useText()
  const [query, setQuery] = useState('')
  const [, navigate] = useLocation()
  const acts = useActs(pages, onHelp)
  const videos = useVideos(query)
  useEffect(() => spotlight.open(), [])

  const matches = ({ label }: Act) => label.toLowerCase().includes(query.trim().toLowerCase())
  const shownPages = pages
    .filter(({ section }) => section)
    .map(({ title, icon, key, path }) => ({ label: title(t), icon, key: key && `g ${key}`, run: () => navigate(path) }))
  const groups = [
    { label: t.palette.actions, acts: acts.filter(matches) },
    { label: t.palette.pages, acts: shownPages.filter(matches) }
  ]
  const isEmpty = videos.length === 0 && groups.every(group => group.acts.length === 0)

  return (
    <Spotlight.Root
      store={store}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      attributes={{ content: { 'aria-label': t.palette.title } }}
      size={600}
      yOffset={96}
      maxHeight="min(640px, 70dvh)"
      scrollable
      overlayProps={{ blur: 0 }}
      classNames={{ search: style.search, actionsGroup: style.group, action: style.action }}
    >
      <Spotlight.Search
        placeholder={t.palette.placeholder}
        aria-label={t.palette.title}
        leftSection={<Search aria-hidden="true" />}
      />
      <Spotlight.ActionsList aria-label={t.palette.title}>
        <Group {...groups[0]!} />
        {videos.length > 0 && (
          <Spotlight.ActionsGroup label={query === '' ? t.palette.videos : t.palette.found}>
            {videos.map(task => (
              <Spotlight.Action key={task.id} onClick={() => navigate(`/tasks/${task.id}`)}>
                <span className={style.thumb}>
                  <Thumb task={task} kind="wide" />
                </span>
                <span className={style.video}>
                  <span className="cut">{task.prompt}</span>
                  <span className="cut small dim">
                    {task.model} · {task.id}
                  </span>
                </span>
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        )}
        <Group {...groups[1]!} />
        {isEmpty && <Spotlight.Empty>{t.palette.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

function Group({ label, acts }: { label: string; acts: readonly Act[] }) {
  if (acts.length === 0) return null
  return (
    <Spotlight.ActionsGroup label={label}>
      {acts.map(({ label: name, icon: Icon, key, run }) => (
        <Spotlight.Action
          key={name}
          label={name}
          leftSection={<Icon aria-hidden="true" />}
          rightSection={key && <kbd>{key}</kbd>}
          onClick={run}
        />
      ))}
    </Spotlight.ActionsGroup>
  )
}

/** What one often does; only what this session may do, on pages that there are. */
function useActs(pages: readonly Page[], onHelp: () => void): Act[] {
  const { t, language, setLanguage } = useText()
  const can = useCan()
  const [, navigate] = useLocation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = useSignOut()
  const has = (name: string) => pages.some(page => page.name === name)
  const isDark = document.documentElement.dataset.mantineColorScheme === 'dark' && colorScheme !== 'light'
  const other = language === 'en' ? 'zh' : 'en'
  return [
    ...(has('playground')
      ? [{ label: t.palette.newVideo, icon: Clapperboard, key: 'g p', run: () => navigate('/playground') }]
      : []),
    ...(has('keys') && can('keys:write')
      ? [{ label: t.palette.newKey, icon: Plus, run: () => navigate('/keys?new=1') }]
      : []),
    ...(has('channels') && can('channels:write')
      ? [{ label: t.palette.addChannel, icon: Plus, run: () => navigate('/channels?new=1') }]
      : []),
    { label: t.palette.switchTheme, icon: Moon, run: () => setColorScheme(isDark ? 'light' : 'dark') },
    { label: languages[other], icon: Languages, run: () => void setLanguage(other) },
    { label: t.shell.shortcuts, icon: Keyboard, key: '?', run: onHelp },
    { label: t.shell.signOut, icon: LogOut, run: () => signOut.mutate() }
  ]
}

/** The latest videos, or those that match. */
function useVideos(typed: string): readonly Task[] {
  const [q] = useDebouncedValue(typed.trim(), PAUSE_MS)
  const can = useCan()
  const { data } = useQuery({
    queryKey: ['tasks', 'found', q],
    queryFn: ({ signal }) => get<List<Task>>('/admin/tasks', { q, limit: 4 }, signal),
    enabled: can('tasks:read')
  })
  return data?.data ?? []
}
