import { lazy, Suspense, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { useSession } from '../api/session.ts'
import { useText } from '../i18n/index.tsx'
import { PageSkeleton } from '../parts/skeletons.tsx'
import { useLive } from '../state/live.ts'
import { usePhone } from '../state/phone.ts'
import { Boundary } from './boundary.tsx'
import { Nav } from './nav.tsx'
import { Forbidden, NotFound } from './nothing.tsx'
import { Offline } from './offline.tsx'
import { isAllowed, pages } from './pages.ts'
import { BottomTabs, TopBar } from './phone-bars.tsx'
import { useShortcuts } from './shortcuts.ts'
import style from './shell.module.css'

const Palette = lazy(() => import('./palette.tsx'))
const Help = lazy(() => import('./help.tsx'))

/** The console of who is signed in: navigation, the page, the palette and the list of keys. */
export function Shell() {
  const { t } = useText()
  const isPhone = usePhone()
  const session = useSession()
  const [path, navigate] = useLocation()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const allowed = pages.filter(page => isAllowed(page, session))
  useLive()
  useShortcuts({
    'mod+k': () => setOpen('palette'),
    '?': () => setOpen('help'),
    ...Object.fromEntries(allowed.flatMap(page => (page.key ? [[`g ${page.key}`, () => navigate(page.path)]] : [])))
  })
  const search = () => setOpen('palette')

  return (
    <div className={style.shell}>
      <button
        type="button"
        className={style.skip}
        onClick={() => document.querySelector<HTMLElement>('#main')?.focus()}
      >
        {t.shell.skip}
      </button>
      {isPhone ? <TopBar onSearch={search} /> : <Nav pages={allowed} onSearch={search} />}
      <main id="main" className={style.main} tabIndex={-1}>
        <Offline />
        {/* another page may work where one broke */}
        <Boundary key={path}>
          <Suspense fallback={<PageSkeleton />}>
            <Switch>
              {pages.map(page => (
                <Route key={page.name} path={page.path}>
                  {allowed.includes(page) ? (
                    <page.Content />
                  ) : page.path === '/' && allowed[0] ? (
                    <Redirect to={allowed[0].path} replace />
                  ) : (
                    <Forbidden />
                  )}
                </Route>
              ))}
              <Route>
                <NotFound home={allowed[0]} />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
      {isPhone && <BottomTabs pages={allowed} onMore={search} />}
      <Suspense>
        {open === 'palette' && (
          <Palette
            pages={allowed}
            onHelp={() => setOpen('help')}
            onClose={() => setOpen(now => (now === 'palette' ? null : now))}
          />
        )}
        {open === 'help' && <Help pages={allowed} onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  )
}
