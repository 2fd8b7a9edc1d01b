import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get, post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Endpoint, Key, List } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Acts, FieldGroup, Form } from '../../parts/form.tsx'
import { Checkbox } from '../../parts/checkbox.tsx'
import { NamedLink } from '../../parts/named-link.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { ManagedNote } from '../../parts/managed-note.tsx'
import { Moment } from '../../parts/time.tsx'
import { Id } from '../../parts/id.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { EndpointState, nameOf } from './endpoint-state.tsx'
import style from './webhooks.module.css'

export interface WithSecret extends Endpoint {
  signing_secret: string
}

interface Props {
  /** null: a new one */
  of: Endpoint | null
  onCreated(endpoint: WithSecret): void
  onClose(): void
}

const usual = ['video.completed', 'video.failed']

/** An endpoint, or a new one. */
export function EndpointPanel({ of, onCreated, onClose }: Props) {
  const { t } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const [name, setName] = useState(of?.name ?? '')
  const [url, setUrl] = useState(of?.url ?? '')
  const [chosen, setChosen] = useState<readonly string[]>(of?.event_types ?? usual)
  const [keyId, setKeyId] = useState('')
  const isLocked = !can('webhooks:write') || Boolean(of?.managed_by)
  const types = useQuery({
    queryKey: ['event-types'],
    queryFn: ({ signal }) => get<{ data: string[] }>('/v1/webhook_event_types', undefined, signal),
    staleTime: Infinity
  })
  const keys = useQuery({
    queryKey: ['keys', 'choices'],
    queryFn: ({ signal }) => get<List<Key>>('/admin/keys', { limit: 100 }, signal),
    enabled: !of && can('keys:read')
  })
  const save = useMutation({
    mutationFn: async () => {
      const body = { ...(name.trim() && { name: name.trim() }), url: url.trim(), event_types: chosen }
      if (!of) return post<WithSecret>('/v1/webhook_endpoints', body, keyId ? { 'x-reelay-key': keyId } : undefined)
      await post(`/v1/webhook_endpoints/${of.id}`, body)
      return null
    },
    onSuccess: created => {
      void queries.invalidateQueries({ queryKey: ['endpoints'] })
      if (created) onCreated(created)
      else onClose()
    }
  })

  return (
    <SidePanel opened title={of ? nameOf(of) : t.webhooks.newEndpoint} onClose={onClose}>
      {of && (
        <div className={style.about}>
          <ManagedNote by={of.managed_by} />
          <FactList
            facts={[
              [t.webhooks.state, <EndpointState key="state" of={of} />],
              [t.webhooks.key, <NamedLink key="key" of={of.key} page="keys" />],
              [
                t.webhooks.secret,
                <span key="secret" className="mono">
                  {of.signing_secret_hint}
                </span>
              ],
              [t.webhooks.created, <Moment key="created" at={of.created_at} />],
              [
                t.webhooks.id,
                <span key="id" className={style.id}>
                  <Id id={of.id} full />
                </span>
              ]
            ]}
          />
        </div>
      )}
      <Form locked={isLocked} onSubmit={() => save.mutate()}>
        <TextField
          label={t.webhooks.address}
          description={t.webhooks.addressHint}
          type="url"
          placeholder="https://app.example.com/hooks/video"
          required
          withAsterisk={false}
          data-autofocus={of ? undefined : true}
          value={url}
          error={errorOf('url', save.error)}
          onChange={event => setUrl(event.currentTarget.value)}
        />
        <TextField
          label={t.webhooks.name}
          maxLength={200}
          value={name}
          error={errorOf('name', save.error)}
          onChange={event => setName(event.currentTarget.value)}
        />
        <FieldGroup title={t.webhooks.events}>
          {(types.data?.data ?? chosen).map(type => (
            <Checkbox
              key={type}
              label={<span className="mono">{type}</span>}
              checked={chosen.includes(type)}
              onChange={on => setChosen(before => (on ? [...before, type] : before.filter(one => one !== type)))}
            />
          ))}
          {errorOf('event_types', save.error) && (
            <p className={`small ${style.bad}`}>{errorOf('event_types', save.error)}</p>
          )}
        </FieldGroup>
        {!of && (
          <NativeSelect
            label={t.webhooks.whose}
            description={t.webhooks.whoseHint}
            data={[
              { value: '', label: t.webhooks.mine },
              ...(keys.data?.data ?? []).map(({ id, name: label }) => ({ value: id, label }))
            ]}
            value={keyId}
            onChange={event => setKeyId(event.currentTarget.value)}
          />
        )}
        {save.error && <Failure error={save.error} />}
        {!isLocked && (
          <Acts>
            <Button size="sm" variant="default" onClick={onClose}>
              {t.parts.cancel}
            </Button>
            <Button size="sm" type="submit" disabled={chosen.length === 0} loading={save.isPending}>
              {of ? t.parts.save : t.webhooks.create}
            </Button>
          </Acts>
        )}
      </Form>
    </SidePanel>
  )
}
