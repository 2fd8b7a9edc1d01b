import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Settings } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { settingsQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

const modes = ['errors', 'all', 'off'] as const

/** How long things are kept: what changes while the gateway runs. A value of the environment is shown, and cannot be changed here. */
export function Retention() {
  const { t } = useText()
  const words = t.settings
  const can = useCan()
  const queries = useQueryClient()
  const { data } = useQuery(settingsQuery)
  const [draft, setDraft] = useState<Record<string, number | string>>({})
  const save = useMutation({
    mutationFn: () => request<Settings>('PATCH', '/admin/settings', { body: draft }),
    onSuccess: saved => {
      setDraft({})
      queries.setQueryData(settingsQuery.queryKey, saved)
    }
  })
  if (!data) return null
  const settings = new Map(data.settings.map(setting => [setting.name, setting]))
  const mayWrite = can('settings:write')
  const field = (name: 'retention_days' | 'exchange_log' | 'exchange_log_days') => {
    const setting = settings.get(name)
    const owner = setting?.managed_by
    const fixed = setting?.origin === 'env' || setting?.origin === 'file'
    return {
      label: words.kept[name],
      description: !fixed
        ? words.keptHints[name]
        : setting.origin === 'file' && owner
          ? t.channels.managedBy(owner.file, owner.line)
          : words.fromEnvironment(setting.env),
      disabled: !mayWrite || fixed,
      error: errorOf(name, save.error),
      value: draft[name] ?? setting?.value ?? ''
    }
  }
  const days = (name: 'retention_days' | 'exchange_log_days') => {
    const { value, ...rest } = field(name)
    return (
      <TextField
        {...rest}
        type="number"
        min={name === 'retention_days' ? 0 : 1}
        max={name === 'retention_days' ? 36_500 : 3650}
        value={value}
        onChange={({ currentTarget: { value: text } }) =>
          setDraft({ ...draft, [name]: text === '' ? '' : Number(text) })
        }
      />
    )
  }
  const { value: mode, ...rest } = field('exchange_log')
  const isNamed = save.error && Object.keys(draft).some(name => errorOf(name, save.error) !== undefined)
  return (
    <Section title={words.retention} text={words.retentionText}>
      <form
        className={style.form}
        onSubmit={event => {
          event.preventDefault()
          save.mutate()
        }}
      >
        {days('retention_days')}
        <NativeSelect
          {...rest}
          value={String(mode)}
          data={modes.map(value => ({ value, label: words.exchangeLogs[value] }))}
          onChange={event => setDraft({ ...draft, exchange_log: event.currentTarget.value })}
        />
        {days('exchange_log_days')}
        {save.error && !isNamed && <Failure error={save.error} />}
        {mayWrite && (
          <div className={style.acts}>
            <Button
              type="submit"
              variant="default"
              loading={save.isPending}
              disabled={Object.keys(draft).length === 0 || Object.values(draft).includes('')}
            >
              {words.save}
            </Button>
            {save.isSuccess && Object.keys(draft).length === 0 && <Note tone="ok">{words.saved}</Note>}
          </div>
        )}
      </form>
    </Section>
  )
}
