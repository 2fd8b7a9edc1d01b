import { ActionIcon, UnstyledButton } from '@mantine/core'
import { LogOut, Search } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { consoleBase } from '../api/client.ts'
import { status, useSession, useSignOut } from '../api/session.ts'
import { useText } from '../i18n/index.tsx'
import { useBadges } from './badges.ts'
import { Logo, Mark } from './logo.tsx'
import type { Page } from './pages.ts'
import { LanguageSwitch, ThemeSwitch } from './preferences.tsx'
import { modifier } from './shortcuts.ts'
import style from './nav.module.css'

/** The navigation at the left: a rail of icons on narrow screens. */
export function Nav({ pages, onSearch }: { pages: readonly Page[]; onSearch(): void }) {
  const { t } = useText()
  const sections = [
    { name: 'main', title: null },
    { name: 'gateway', title: t.shell.gateway },
    { name: 'records', title: t.shell.records },
    { name: 'settings', title: null }
  ]
  return (
    <header className={style.nav}>
      <Link href="/" className={style.home}>
        <Logo className={style.logo} />
        <Mark className={style.mark} />
      </Link>
      <UnstyledButton className={style.search} onClick={onSearch}>
        <Search aria-hidden="true" />
        <span className={`cut ${style.label}`}>{t.shell.search}</span>
        <kbd className={style.label}>{modifier}K</kbd>
      </UnstyledButton>
      <nav aria-label={t.shell.pages} className={style.pages}>
        {sections.map(({ name, title }) => {
          const lines = pages.filter(page => page.section === name)
          if (lines.length === 0) return null
          return (
            <div key={name}>
              {title !== null && <div className={style.section}>{title}</div>}
              <ul>
                {lines.map(page => (
                  <li key={page.name}>
                    <PageLink page={page} />
                  </li>
                ))}
              </ul>
            </div>
          )
        })}
      </nav>
      <Foot />
    </header>
  )
}

function PageLink({ page: { name, path, icon: Icon, title } }: { page: Page }) {
  const { t, format } = useText()
  const [at] = useLocation()
  const badge = useBadges()[name]
  const isCurrent = isWithin(at, path)
  return (
    <Link
      href={path}
      className={`${style.page} ${isCurrent ? style.current : ''}`}
      title={title(t)}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <Icon aria-hidden="true" />
      <span className={style.label}>{title(t)}</span>
      {badge && badge.count > 0 && (
        <span className={`${style.badge} ${badge.warns ? style.warns : ''}`}>
          <span aria-hidden="true">{badge.capped ? `${format.number(badge.count)}+` : format.number(badge.count)}</span>
          <span className="unseen">{badge.label}</span>
        </span>
      )}
    </Link>
  )
}

function Foot() {
  const { t } = useText()
  const { user, key } = useSession()
  const { data } = useQuery(status)
  const signOut = useSignOut()
  return (
    <div className={style.foot}>
      <div className={style.switches}>
        <ThemeSwitch />
        <LanguageSwitch />
      </div>
      <div className={style.account}>
        <div className={style.who}>
          <div className="cut">{user?.name ?? key?.name}</div>
          <div className="cut small dim" title={`${consoleBase.host} · v${data?.version ?? ''}`}>
            {consoleBase.host}
            {data && ` · v${data.version}`}
          </div>
        </div>
        <ActionIcon aria-label={t.shell.signOut} title={t.shell.signOut} onClick={() => signOut.mutate()}>
          <LogOut />
        </ActionIcon>
      </div>
    </div>
  )
}

/** Whether an address belongs to a page: `/tasks/video_…` to the tasks. */
export const isWithin = (at: string, path: string) =>
  path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`)
