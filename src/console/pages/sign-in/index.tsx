import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, type FormEvent } from 'react'
import { useLocation, useSearch } from 'wouter'
import { RequestFailure, addressOf } from '../../api/client.ts'
import { status, useSignIn } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { SecretField, TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { Logo } from '../../shell/logo.tsx'
import { LanguageSwitch, ThemeSwitch } from '../../shell/preferences.tsx'
import style from './sign-in.module.css'

type Way = 'password' | 'key'

/** Signs in by name and password, by a key, or by an identity provider. The address stays: whoever is signed in sees what it leads to. */
export default function SignIn() {
  const { t } = useText()
  const { data } = useQuery(status)
  const signIn = useSignIn()
  const [way, setWay] = useState<Way>('password')
  const [name, setName] = useState('')
  const [secret, setSecret] = useState('')
  const oidc = data?.methods.oidc
  const [path] = useLocation()
  const search = useSearch()
  const to = encodeURIComponent(path + (search && `?${search}`))
  useEffect(() => {
    document.title = `${t.signIn.title} · reelay`
  }, [t])

  function submit(event: FormEvent) {
    event.preventDefault()
    signIn.mutate(way === 'key' ? { key: secret.trim() } : { name: name.trim(), password: secret })
  }

  return (
    <div className={style.page}>
      <main className={style.box}>
        <Logo />
        <h1 className={style.title}>{t.signIn.title}</h1>
        <Segmented<Way>
          label={t.signIn.how}
          value={way}
          choices={[
            { value: 'password', label: t.signIn.withPassword },
            { value: 'key', label: t.signIn.withKey }
          ]}
          onChange={next => {
            setWay(next)
            setSecret('')
            signIn.reset()
          }}
        />
        <form className={style.form} onSubmit={submit}>
          {way === 'password' ? (
            <>
              <TextField
                label={t.signIn.name}
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                required
                withAsterisk={false}
                value={name}
                onChange={event => setName(event.currentTarget.value)}
              />
              <SecretField
                label={t.signIn.password}
                autoComplete="current-password"
                required
                withAsterisk={false}
                value={secret}
                onChange={event => setSecret(event.currentTarget.value)}
              />
            </>
          ) : (
            <SecretField
              label={t.signIn.key}
              description={t.signIn.keyHint}
              placeholder="sk-…"
              autoComplete="off"
              required
              withAsterisk={false}
              value={secret}
              onChange={event => setSecret(event.currentTarget.value)}
            />
          )}
          <Problem error={signIn.error} way={way} />
          <Button type="submit" size="sm" fullWidth loading={signIn.isPending}>
            {t.signIn.submit}
          </Button>
        </form>
        {oidc && (
          <>
            <div className={style.or}>{t.signIn.or}</div>
            <Button
              component="a"
              href={addressOf(`/console/api/${oidc.url}?to=${to}`)}
              variant="default"
              size="sm"
              fullWidth
            >
              {t.signIn.withProvider(oidc.label)}
            </Button>
          </>
        )}
        {way === 'password' && <p className="small dim">{t.signIn.forgot}</p>}
      </main>
      <footer className={style.foot}>
        <LanguageSwitch />
        <ThemeSwitch />
      </footer>
    </div>
  )
}

function Problem({ error, way }: { error: unknown; way: Way }) {
  const { t } = useText()
  if (!error) return null
  const code = error instanceof RequestFailure ? error.status : 0
  if (code === 429) return <Note tone="warn">{t.signIn.tooMany}</Note>
  if (code === 401 || code === 403 || code === 400)
    return <Note tone="bad">{way === 'key' ? t.signIn.wrongKey : t.signIn.wrong}</Note>
  return <Failure error={error} />
}
