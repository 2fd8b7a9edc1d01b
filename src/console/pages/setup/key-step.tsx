import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowRight } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { get, post } from '../../api/client.ts'
import type { CreatedKey, List, NewKey, Task } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { BudgetFields, type BudgetDraft } from '../../parts/budget-fields.tsx'
import { Code } from '../../parts/code.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { snippetsOf } from '../../parts/snippets.ts'
import { useLive } from '../../state/live.ts'
import style from './setup.module.css'

/** A key for the first application, shown once, with code to paste. */
export function KeyStep() {
  const { t } = useText()
  const [name, setName] = useState('')
  const [budget, setBudget] = useState<BudgetDraft>({ amount: '', currency: 'USD', window: 'monthly' })
  // before there is a key, so that its first request cannot come too early
  useLive()
  const create = useMutation({ mutationFn: (key: NewKey) => post<CreatedKey>('/admin/keys', key) })

  if (create.data) return <Shown created={create.data} />
  return (
    <>
      <h1 className={style.title}>{t.setup.keyTitle}</h1>
      <p className={style.lead}>{t.setup.keyText}</p>
      <form
        className={style.form}
        onSubmit={event => {
          event.preventDefault()
          const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
          create.mutate({
            name: name.trim(),
            ...(budget.amount.trim() && {
              budget: { ...budget, amount: budget.amount.trim(), timezone: timeZone }
            })
          })
        }}
      >
        <TextField
          size="md"
          label={t.setup.keyName}
          description={t.setup.keyNameHint}
          placeholder={t.setup.keyNamePlaceholder}
          required
          withAsterisk={false}
          value={name}
          error={errorOf('name', create.error)}
          onChange={event => setName(event.currentTarget.value)}
        />
        <BudgetFields size="md" value={budget} onChange={setBudget} />
        {create.error && <Failure error={create.error} />}
        <Button type="submit" size="md" loading={create.isPending} rightSection={<ArrowRight />}>
          {t.setup.createKey}
        </Button>
      </form>
    </>
  )
}

function Shown({ created }: { created: CreatedKey }) {
  const { t } = useText()
  const copy = useRef<HTMLButtonElement>(null)
  // what is shown once is copied first
  useEffect(() => copy.current?.focus(), [])
  const asked = { model: 'sandbox', prompt: t.setup.firstPrompt, duration: 5, size: '1280x720' }
  return (
    <>
      <h1 className={style.title}>{t.setup.keyTitle}</h1>
      <p className={style.lead}>{t.setup.keyText}</p>
      <Note tone="warn">{t.setup.shownOnce}</Note>
      <div className={style.secret}>
        <code>{created.key}</code>
        <CopyButton text={created.key} ref={copy}>
          {t.setup.copyKey}
        </CopyButton>
      </div>
      <Code snippets={snippetsOf(asked, created.key)} />
      <div className={style.foot}>
        <Heard keyId={created.id} />
        <Button component={Link} href="/" size="md" variant="default" rightSection={<ArrowRight />}>
          {t.setup.openConsole}
        </Button>
      </div>
    </>
  )
}

/** Waits for the first request of the key. */
function Heard({ keyId }: { keyId: string }) {
  const { t } = useText()
  const { data } = useQuery({
    queryKey: ['tasks', 'first', keyId],
    queryFn: ({ signal }) => get<List<Task>>('/admin/tasks', { key: keyId, limit: 1 }, signal)
  })
  const isHeard = (data?.data.length ?? 0) > 0
  return <output className={isHeard ? style.works : 'dim'}>{isHeard ? t.setup.heard : t.setup.listening}</output>
}
