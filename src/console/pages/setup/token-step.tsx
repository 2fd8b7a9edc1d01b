import { Button } from '@mantine/core'
import { ArrowRight, SquareTerminal } from 'lucide-react'
import { useState } from 'react'
import { addressOf, consoleBase } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import style from './setup.module.css'

/** Asks for the token that the log of the start shows. */
export function TokenStep({ onDone }: { onDone(token: string): void }) {
  const { t } = useText()
  const [token, setToken] = useState('')
  return (
    <>
      <h1 className={style.title}>{t.setup.tokenTitle}</h1>
      <p className={style.lead}>{t.setup.tokenText}</p>
      <figure className={style.log}>
        <figcaption>
          <SquareTerminal aria-hidden="true" />
          {t.setup.logName}
        </figcaption>
        <pre>
          {t.setup.logListens} {addressOf('').replace(/\/$/, '')}
          {'\n\n'}
          <b>
            {t.setup.logOpen} {consoleBase.href}setup?token=…
          </b>
        </pre>
      </figure>
      <form
        className={style.form}
        onSubmit={event => {
          event.preventDefault()
          onDone(tokenIn(token))
        }}
      >
        <TextField
          size="md"
          label={t.setup.token}
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          data-autofocus
          value={token}
          onChange={event => setToken(event.currentTarget.value)}
        />
        <Button type="submit" size="md" rightSection={<ArrowRight />}>
          {t.setup.continue}
        </Button>
      </form>
    </>
  )
}

/** Whoever pastes the whole link means the token in it. */
function tokenIn(pasted: string): string {
  const given = pasted.trim()
  return /[?&]token=([^&\s]+)/.exec(given)?.[1] ?? given
}
