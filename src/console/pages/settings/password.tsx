import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, SecretField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import style from './settings.module.css'

const SHORTEST = 12

/** Changes one's own password. */
export function Password() {
  const { t } = useText()
  const words = t.settings
  const queries = useQueryClient()
  const [opened, setOpened] = useState(false)
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const change = useMutation({
    mutationFn: () => post('/console/api/password', { password: old, new_password: fresh }),
    onSuccess: () => {
      setOpened(false)
      setOld('')
      setFresh('')
      return queries.invalidateQueries({ queryKey: ['sessions'] })
    }
  })
  const atOld = errorOf('password', change.error) !== undefined
  const atFresh = errorOf('new_password', change.error)
  if (!opened)
    return (
      <div className={style.acts}>
        <Button variant="default" onClick={() => (change.reset(), setOpened(true))}>
          {words.changePassword}
        </Button>
        {change.isSuccess && <Note tone="ok">{words.passwordChanged}</Note>}
      </div>
    )
  return (
    <form
      className={style.form}
      onSubmit={event => {
        event.preventDefault()
        change.mutate()
      }}
    >
      <SecretField
        label={words.oldPassword}
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={old}
        error={atOld && words.wrongPassword}
        onChange={event => setOld(event.currentTarget.value)}
      />
      <SecretField
        label={t.signIn.newPassword}
        description={t.signIn.passwordHint}
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={SHORTEST}
        value={fresh}
        error={atFresh}
        onChange={event => setFresh(event.currentTarget.value)}
      />
      {change.error && !atOld && atFresh === undefined && <Failure error={change.error} />}
      <div className={style.acts}>
        <Button type="submit" loading={change.isPending} disabled={old === '' || fresh.length < SHORTEST}>
          {words.changePassword}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => setOpened(false)}>
          {t.parts.cancel}
        </Button>
      </div>
    </form>
  )
}
