import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Zap } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { post, request } from '../../api/client.ts'
import type { Channel, ChannelTest, Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../failure.tsx'
import { errorOf, TextField } from '../fields.tsx'
import { Acts, FieldRow, Form } from '../form.tsx'
import { CredentialFields } from './credential-fields.tsx'
import { bodyOf, changesOf, draftOf, type Draft } from './draft.ts'
import { ModelMap } from './model-map.tsx'
import { OptionFields } from './option-fields.tsx'
import { Tested } from './tested.tsx'

interface Props {
  vendor: Vendor
  /** null: a new one */
  of: Channel | null
  /** above the fields */
  head?: ReactNode
  /** it is shown, but not to be changed here */
  locked?: boolean
  onSaved(channel: Channel): void
}

/** A channel's settings: an account at a vendor, tested for free before it is saved. */
export function VendorForm({ vendor, of, head, locked = false, onSaved }: Props) {
  const { t } = useText()
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Draft>(() => draftOf(vendor, of))
  const set = (change: Partial<Draft>) => setDraft(before => ({ ...before, ...change }))
  const hasCredential = Object.values(draft.credential).some(value => value.trim() !== '')

  const test = useMutation({
    mutationFn: () =>
      of && !hasCredential
        ? post<ChannelTest>(`/admin/channels/${of.id}/test`)
        : post<ChannelTest>('/admin/channels/test', bodyOf(vendor, draft))
  })
  const save = useMutation({
    mutationFn: () =>
      of
        ? request<Channel>('PATCH', `/admin/channels/${of.id}`, { body: changesOf(vendor, draft, of) })
        : post<Channel>('/admin/channels', bodyOf(vendor, draft)),
    onSuccess: channel => {
      void queries.invalidateQueries({
        predicate: ({ queryKey: [first] }) => first === 'channels' || first === 'models'
      })
      onSaved(channel)
    }
  })
  const errorAt = (field: string) => errorOf(field, save.error ?? test.error)

  const number = (field: 'atOnce' | 'perMinute' | 'priority' | 'weight', param: string, isSigned = false) => (
    <TextField
      label={t.channelForm[field]}
      description={t.channelForm[`${field}Hint`]}
      placeholder={isSigned ? '0' : t.channelForm.noLimit}
      inputMode="numeric"
      required={isSigned}
      withAsterisk={false}
      pattern={isSigned ? '-?\\d{1,4}' : '[1-9]\\d{0,5}'}
      value={draft[field]}
      error={errorAt(param)}
      onChange={event => set({ [field]: event.currentTarget.value })}
    />
  )

  return (
    <Form locked={locked} onSubmit={() => save.mutate()}>
      {head}
      <TextField
        label={t.channelForm.name}
        required
        withAsterisk={false}
        maxLength={200}
        value={draft.name}
        error={errorAt('name')}
        onChange={event => set({ name: event.currentTarget.value })}
      />
      {vendor.regions.some(({ base_url: url }) => url === draft.baseUrl) && vendor.regions.length > 1 ? (
        <NativeSelect
          label={t.channelForm.region}
          data={vendor.regions.map(region => ({
            value: region.base_url,
            label: `${region.label} · ${new URL(region.base_url).host}`
          }))}
          value={draft.baseUrl}
          onChange={event => set({ baseUrl: event.currentTarget.value })}
        />
      ) : (
        <TextField
          label={t.channelForm.address}
          type="url"
          value={draft.baseUrl}
          error={errorAt('base_url')}
          onChange={event => set({ baseUrl: event.currentTarget.value })}
        />
      )}
      <CredentialFields
        vendor={vendor}
        value={draft.credential}
        hint={of ? (of.credential_hint ?? '…') : null}
        errorAt={errorAt}
        onChange={credential => {
          set({ credential })
          test.reset()
        }}
      />
      <OptionFields vendor={vendor} value={draft.options} errorAt={errorAt} onChange={options => set({ options })} />
      <ModelMap value={draft.models} error={errorAt('models')} onChange={models => set({ models })} />
      <FieldRow>
        {number('atOnce', 'max_concurrency')}
        {number('perMinute', 'submits_per_minute')}
      </FieldRow>
      {of && (
        <FieldRow>
          {number('priority', 'priority', true)}
          {number('weight', 'weight', true)}
        </FieldRow>
      )}
      <Tested test={test.data} error={test.error} />
      {save.error && <Failure error={save.error} />}
      {!vendor.free_probe && <p className="small dim">{t.channelForm.noFreeTest}</p>}
      {!locked && (
        <Acts>
          {vendor.free_probe && (
            <Button
              size="sm"
              variant="default"
              leftSection={<Zap />}
              loading={test.isPending}
              onClick={() => test.mutate()}
            >
              {t.channelForm.test}
            </Button>
          )}
          <Button size="sm" type="submit" loading={save.isPending}>
            {of ? t.parts.save : t.channelForm.add}
          </Button>
        </Acts>
      )}
    </Form>
  )
}
