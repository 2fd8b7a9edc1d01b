import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Redirect } from 'wouter'
import { session, status } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { choice, text, useUrl } from '../../state/url.ts'
import { AccountStep } from './account-step.tsx'
import { ChannelStep } from './channel-step.tsx'
import { KeyStep } from './key-step.tsx'
import { Steps, steps } from './steps.tsx'
import { TokenStep } from './token-step.tsx'
import { VideoStep } from './video-step.tsx'
import style from './setup.module.css'

const parameters = { step: choice(steps, 'token'), token: text }

/** From the one-time link to the first key: an owner, a first video, a channel, a key. The address keeps the step. */
export default function Setup() {
  const { t } = useText()
  const [url, setUrl] = useUrl(parameters)
  const known = useQuery(status)
  const who = useQuery(session)
  useEffect(() => {
    document.title = `${t.setup.title} · reelay`
  }, [t])

  const error = known.error ?? who.error
  if (error)
    return (
      <main className={style.main}>
        <Failure error={error} onRetry={() => void Promise.all([known.refetch(), who.refetch()])} />
      </main>
    )
  if (!known.data || who.data === undefined) return null
  // once there is an owner, this page is theirs alone
  if (!known.data.setup_needed && !who.data) return <Redirect to="/" replace />
  const step = stepOf(url.step, who.data !== null, url.token !== '')
  const go = (next: (typeof steps)[number]) => setUrl({ step: next, token: '' })

  return (
    <div className={style.page}>
      <Steps at={step} onOpen={who.data ? go : undefined} />
      <main className={style.main}>
        {step === 'token' && <TokenStep onDone={token => setUrl({ token, step: 'admin' })} />}
        {step === 'admin' && (
          <AccountStep token={url.token} onWrongToken={() => go('token')} onDone={() => go('video')} />
        )}
        {step === 'video' && <VideoStep onDone={() => go('channel')} />}
        {step === 'channel' && <ChannelStep onDone={() => go('key')} />}
        {step === 'key' && <KeyStep />}
      </main>
    </div>
  )
}

/** The link of the log contains the token, so it leads to the account; who is signed in is past both. */
function stepOf(asked: (typeof steps)[number], isSignedIn: boolean, hasToken: boolean): (typeof steps)[number] {
  if (isSignedIn) return asked === 'token' || asked === 'admin' ? 'video' : asked
  return hasToken ? 'admin' : 'token'
}
