import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request, RequestFailure } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import { exchangeLogs, type Settings } from '../../api/types/system.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { settingsQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** How long things are kept. Shows the settings that the gateway has. */
export function Retention() {
  const { t } = useText()
  const { data, error, refetch } = useQuery(settingsQuery)
  // a gateway whose settings are all in its environment has nothing to show here
  const hasNone = error instanceof RequestFailure && error.status === 404
  if (hasNone || (!data && !error)) return null
  return (
    <Section title={t.settings.retention} text={t.settings.retentionText}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && <Form key={JSON.stringify(data)} settings={data} />}
    </Section>
  )
}

function Form({ settings }: { settings: Settings }) {
  const { t } = useText()
  const words = t.settings
  const can = useCan()
  const queries = useQueryClient()
  const [days, setDays] = useState(settings.retention_days?.toString() ?? '')
  const [log, setLog] = useState(settings.exchange_log)
  const save = useMutation({
    mutationFn: (change: Partial<Settings>) => request<Settings>('PATCH', '/admin/settings', { body: change }),
    onSuccess: answer => queries.setQueryData(settingsQuery.queryKey, answer)
  })
  const change: Partial<Settings> = {
    ...(days !== (settings.retention_days?.toString() ?? '') && {
      retention_days: days === '' ? null : Number(days)
    }),
    ...(log !== undefined && log !== settings.exchange_log && { exchange_log: log })
  }
  const isChanged = Object.keys(change).length > 0
  const readOnly = !can('settings:write')
  const atDays = errorOf('retention_days', save.error)
  return (
    <form
      className={style.form}
      onSubmit={event => {
        event.preventDefault()
        if (isChanged) save.mutate(change)
      }}
    >
      {settings.retention_days !== undefined && (
        <TextField
          label={words.retentionDays}
          description={words.retentionHint}
          placeholder={words.forever}
          inputMode="numeric"
          pattern="\d{1,5}"
          disabled={readOnly}
          value={days}
          error={atDays}
          onChange={event => setDays(event.currentTarget.value)}
        />
      )}
      {log !== undefined && (
        <NativeSelect
          label={words.exchangeLog}
          description={words.exchangeHint}
          disabled={readOnly}
          data={exchangeLogs.map(value => ({ value, label: words.exchangeLogs[value] }))}
          value={log}
          // true because only these values were given
          onChange={event => setLog(event.currentTarget.value as typeof log)}
        />
      )}
      {save.error && atDays === undefined && <Failure error={save.error} />}
      {!readOnly && (
        <div className={style.acts}>
          <Button type="submit" variant="default" disabled={!isChanged} loading={save.isPending}>
            {t.parts.save}
          </Button>
          {save.isSuccess && !isChanged && <Note tone="ok">{words.saved}</Note>}
        </div>
      )}
    </form>
  )
}
