import { Button } from '@mantine/core'
import { ArrowRight } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { RequestFailure } from '../../api/client.ts'
import { useSetup } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, SecretField, TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import style from './setup.module.css'

const SHORTEST = 12

interface Props {
  token: string
  onWrongToken(): void
  onDone(): void
}

/** Creates the owner, who is signed in by it. */
export function AccountStep({ token, onWrongToken, onDone }: Props) {
  const { t } = useText()
  const setup = useSetup()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const missing = SHORTEST - password.length

  function submit(event: FormEvent) {
    event.preventDefault()
    const given = { token, name: name.trim(), password, ...(email.trim() && { email: email.trim() }) }
    setup.mutate(given, { onSuccess: onDone })
  }

  return (
    <>
      <h1 className={style.title}>{t.setup.adminTitle}</h1>
      <p className={style.lead}>{t.setup.adminText}</p>
      <form className={style.form} onSubmit={submit}>
        <TextField
          size="md"
          label={t.setup.name}
          description={t.setup.nameHint}
          autoComplete="username"
          required
          withAsterisk={false}
          value={name}
          error={errorOf('name', setup.error)}
          onChange={event => setName(event.currentTarget.value)}
        />
        <TextField
          size="md"
          type="email"
          label={t.setup.email}
          description={t.setup.emailHint}
          autoComplete="email"
          value={email}
          error={errorOf('email', setup.error)}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <SecretField
          size="md"
          label={t.setup.password}
          description={password !== '' && missing > 0 ? t.setup.passwordShort(missing) : t.setup.passwordHint}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={SHORTEST}
          value={password}
          error={errorOf('password', setup.error)}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        <Problem error={setup.error} onWrongToken={onWrongToken} />
        <Button
          type="submit"
          size="md"
          loading={setup.isPending}
          disabled={name.trim() === '' || missing > 0}
          rightSection={<ArrowRight />}
        >
          {t.setup.createAccount}
        </Button>
      </form>
    </>
  )
}

function Problem({ error, onWrongToken }: { error: unknown; onWrongToken(): void }) {
  const { t } = useText()
  if (!error || (error instanceof RequestFailure && error.param !== null && error.param !== 'token')) return null
  if (!(error instanceof RequestFailure) || ![400, 401, 403, 404].includes(error.status))
    return <Failure error={error} />
  const back = (
    <Button variant="subtle" color="gray" onClick={onWrongToken}>
      {t.setup.token}
    </Button>
  )
  return (
    <Note tone="bad" act={back}>
      {t.setup.tokenWrong}
    </Note>
  )
}
