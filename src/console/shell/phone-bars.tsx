import { ActionIcon, UnstyledButton } from '@mantine/core'
import { Menu, Search } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { useText } from '../i18n/index.tsx'
import { Logo } from './logo.tsx'
import { isWithin } from './nav.tsx'
import type { Page } from './pages.ts'
import style from './phone-bars.module.css'

export function TopBar({ onSearch }: { onSearch(): void }) {
  const { t } = useText()
  return (
    <header className={style.top}>
      <Link href="/" className={style.home}>
        <Logo />
      </Link>
      <ActionIcon size={36} aria-label={t.shell.search} onClick={onSearch}>
        <Search />
      </ActionIcon>
    </header>
  )
}

/** The main pages at the thumb; "More" opens the palette. */
export function BottomTabs({ pages, onMore }: { pages: readonly Page[]; onMore(): void }) {
  const { t } = useText()
  const [at] = useLocation()
  return (
    <nav className={style.tabs} aria-label={t.shell.pages}>
      {pages
        .filter(page => page.section === 'main')
        .map(({ name, path, icon: Icon, title }) => {
          const isCurrent = isWithin(at, path)
          return (
            <Link
              key={name}
              href={path}
              className={`${style.tab} ${isCurrent ? style.current : ''}`}
              aria-current={isCurrent ? 'page' : undefined}
            >
              <Icon aria-hidden="true" />
              {title(t)}
            </Link>
          )
        })}
      <UnstyledButton className={style.tab} onClick={onMore}>
        <Menu aria-hidden="true" />
        {t.shell.more}
      </UnstyledButton>
    </nav>
  )
}
