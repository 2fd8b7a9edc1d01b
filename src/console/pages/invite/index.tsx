import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { RequestFailure } from '../../api/client.ts'
import { useInvite } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, SecretField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { Logo } from '../../shell/logo.tsx'
import { text, useUrl } from '../../state/url.ts'
import style from '../sign-in/sign-in.module.css'

const parameters = { token: text }
const SHORTEST = 12

/** Where a one-time link leads: whoever was invited, or forgot the password, chooses one. */
export default function Invite() {
  const { t } = useText()
  const [{ token }] = useUrl(parameters)
  const [, navigate] = useLocation()
  const [password, setPassword] = useState('')
  const invite = useInvite()
  const atField = errorOf('password', invite.error)
  const isRefused = invite.error instanceof RequestFailure && [400, 401, 403, 404].includes(invite.error.status)
  useEffect(() => {
    document.title = `${t.signIn.inviteTitle} · reelay`
  }, [t])

  return (
    <main className={style.box}>
      <Logo />
      <h1 className={style.title}>{t.signIn.inviteTitle}</h1>
      <p className="dim">{t.signIn.inviteText}</p>
      <form
        className={style.form}
        onSubmit={event => {
          event.preventDefault()
          invite.mutate({ token, password }, { onSuccess: () => navigate('/', { replace: true }) })
        }}
      >
        <SecretField
          label={t.signIn.newPassword}
          description={t.signIn.passwordHint}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={SHORTEST}
          value={password}
          error={atField}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        {invite.error &&
          !atField &&
          (isRefused ? <Note tone="bad">{t.signIn.inviteWrong}</Note> : <Failure error={invite.error} />)}
        <Button type="submit" size="sm" fullWidth loading={invite.isPending} disabled={password.length < SHORTEST}>
          {t.signIn.savePassword}
        </Button>
      </form>
    </main>
  )
}
