import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { session, status } from '../api/session.ts'
import { Failure } from '../parts/failure.tsx'
import { Boundary } from './boundary.tsx'
import { Shell } from './shell.tsx'
import style from './gate.module.css'

const SignIn = lazy(() => import('../pages/sign-in/index.tsx'))
const Invite = lazy(() => import('../pages/invite/index.tsx'))
const Setup = lazy(() => import('../pages/setup/index.tsx'))

/** Shows the setup while there is no administrator, the sign-in page to who is not signed in, else the console. */
export function Gate() {
  return (
    <Boundary>
      <Suspense>
        <Switch>
          <Route path="/setup">
            <Setup />
          </Route>
          <Route path="/invite">
            <Invite />
          </Route>
          <Route>
            <SignedIn />
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  )
}

function SignedIn() {
  const who = useQuery(session)
  const known = useQuery({ ...status, enabled: who.data === null })
  if (who.data) return <Shell />
  const failed = who.error ?? known.error
  if (failed)
    return (
      <main className={style.failed}>
        <Failure error={failed} onRetry={() => void Promise.all([who.refetch(), known.refetch()])} />
      </main>
    )
  if (!known.data) return null
  // the first owner may come from the identity provider
  const mustSetUp = known.data.setup_needed && !known.data.methods.oidc
  return mustSetUp ? <Redirect to="/setup" replace /> : <SignIn />
}
