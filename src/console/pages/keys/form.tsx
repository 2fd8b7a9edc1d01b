import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post, request } from '../../api/client.ts'
import { modelsQuery } from '../../api/lists.ts'
import { useCan, useSession } from '../../api/session.ts'
import type { CreatedKey, Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { BudgetFields } from '../../parts/budget-fields.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextArea, TextField } from '../../parts/fields.tsx'
import { Acts, FieldGroup, FieldRow, Form } from '../../parts/form.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { Choices } from './choices.tsx'
import { changesOf, draftOf, type Draft } from './draft.ts'
import { scopes } from './scopes.ts'

interface Props {
  /** null: a new one */
  of: Key | null
  onCreated?(created: CreatedKey): void
  onClose(): void
}

/** A key's settings. */
export function KeyForm({ of, onCreated, onClose }: Props) {
  const { t } = useText()
  const can = useCan()
  const { role } = useSession()
  const queries = useQueryClient()
  const models = useQuery({ ...modelsQuery, enabled: can('models:read') })
  const [draft, setDraft] = useState<Draft>(() => draftOf(of))
  const [isLimited, setIsLimited] = useState([draft.atOnce, draft.perMinute, draft.waiting].some(Boolean))
  const [showsMore, setShowsMore] = useState(
    Boolean(draft.expires || draft.addresses) || draft.role === 'admin' || draft.dialect !== 'auto'
  )
  const set = (change: Partial<Draft>) => setDraft(before => ({ ...before, ...change }))
  const isLocked = !can('keys:write') || Boolean(of?.revoked_at ?? of?.managed_by)

  const save = useMutation({
    mutationFn: async () => {
      const changes = changesOf(isLimited ? draft : { ...draft, atOnce: '', perMinute: '', waiting: '' }, of)
      if (!of) return post<CreatedKey>('/admin/keys', { name: draft.name, ...changes })
      await request('PATCH', `/admin/keys/${of.id}`, { body: changes })
      return null
    },
    onSuccess: created => {
      void queries.invalidateQueries({ queryKey: ['keys'] })
      if (created) onCreated?.(created)
      else onClose()
    }
  })
  const errorAt = (field: string) => errorOf(field, save.error)
  const names = models.data?.data.map(({ name }) => name) ?? []

  const count = (label: string, field: 'atOnce' | 'perMinute' | 'waiting', param: string) => (
    <TextField
      label={label}
      placeholder={t.channelForm.noLimit}
      inputMode="numeric"
      pattern="[1-9]\d{0,5}"
      value={draft[field]}
      error={errorAt(param)}
      onChange={event => set({ [field]: event.currentTarget.value })}
    />
  )

  return (
    <Form locked={isLocked} onSubmit={() => save.mutate()}>
      <TextField
        label={t.keys.name}
        placeholder={t.setup.keyNamePlaceholder}
        required
        withAsterisk={false}
        maxLength={200}
        value={draft.name}
        error={errorAt('name')}
        data-autofocus={of ? undefined : true}
        onChange={event => set({ name: event.currentTarget.value })}
      />
      <TextField
        label={t.keys.owner}
        description={t.keys.ownerHint}
        maxLength={200}
        value={draft.owner}
        error={errorAt('owner')}
        onChange={event => set({ owner: event.currentTarget.value })}
      />
      <Choices
        title={t.keys.models}
        all={t.keys.allModels}
        options={names}
        value={draft.models}
        error={errorAt('models')}
        onChange={chosen => set({ models: chosen })}
      />
      <BudgetFields value={draft.budget} error={errorAt('budget.amount')} onChange={budget => set({ budget })} />
      <FieldGroup
        title={t.keys.limits}
        side={<Toggle aria-label={t.keys.limits} checked={isLimited} onChange={setIsLimited} />}
      >
        {isLimited && (
          <FieldRow>
            {count(t.keys.atOnce, 'atOnce', 'max_concurrency')}
            {count(t.keys.perMinute, 'perMinute', 'requests_per_minute')}
            {count(t.keys.waiting, 'waiting', 'max_queued')}
          </FieldRow>
        )}
      </FieldGroup>
      <FieldGroup
        title={t.keys.more}
        note={t.keys.moreHint}
        side={<Toggle aria-label={t.keys.more} checked={showsMore} onChange={setShowsMore} />}
      />
      {showsMore && (
        <>
          <TextField
            type="date"
            label={t.keys.expires}
            description={t.keys.expiresHint}
            value={draft.expires}
            error={errorAt('expires_at')}
            onChange={event => set({ expires: event.currentTarget.value })}
          />
          <TextArea
            label={t.keys.addresses}
            description={t.keys.addressesHint}
            placeholder="10.8.0.0/16"
            autosize={false}
            rows={2}
            value={draft.addresses}
            error={errorAt('ip_allowlist')}
            onChange={event => set({ addresses: event.currentTarget.value })}
          />
          <NativeSelect
            label={t.keys.dialect}
            description={t.keys.dialectHint}
            data={Object.entries(t.keys.dialects).map(([value, label]) => ({ value, label }))}
            value={draft.dialect}
            onChange={event => set({ dialect: event.currentTarget.value })}
          />
          {(role === 'owner' || of?.role === 'admin') && (
            <NativeSelect
              label={t.keys.role}
              data={(['member', 'admin'] as const).map(value => ({ value, label: t.keys.roles[value] }))}
              value={draft.role}
              error={errorAt('role')}
              onChange={event => set({ role: event.currentTarget.value === 'admin' ? 'admin' : 'member' })}
            />
          )}
          {draft.role === 'admin' && (
            <Choices
              title={t.keys.scopes}
              all={t.keys.everything}
              options={scopes}
              value={draft.scopes}
              error={errorAt('scopes')}
              onChange={chosen => set({ scopes: chosen })}
            />
          )}
        </>
      )}
      {save.error && <Failure error={save.error} />}
      {!isLocked && (
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={save.isPending}>
            {of ? t.parts.save : t.setup.createKey}
          </Button>
        </Acts>
      )}
    </Form>
  )
}
