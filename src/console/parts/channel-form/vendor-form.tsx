import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, ExternalLink } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { post } from '../../api/client.ts'
import type { Channel, ChannelTest, NewChannel, Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../failure.tsx'
import { errorOf, SecretField, TextField } from '../fields.tsx'
import { Note } from '../note.tsx'
import style from './channel-form.module.css'

interface Props {
  vendor: Vendor
  onBack(): void
  onAdded(channel: Channel): void
}

/** The credential of an account at a vendor, tested for free before it is saved. All models of the vendor are offered by their own names. */
export function VendorForm({ vendor, onBack, onAdded }: Props) {
  const { t } = useText()
  const queries = useQueryClient()
  const [name, setName] = useState(vendor.id)
  const [baseUrl, setBaseUrl] = useState(vendor.base_url)
  const [credential, setCredential] = useState<Record<string, string>>({})
  const [limit, setLimit] = useState('')

  const asked: NewChannel = {
    name: name.trim(),
    vendor: vendor.id,
    base_url: baseUrl.trim(),
    credential: Object.fromEntries(Object.entries(credential).filter(([, value]) => value.trim() !== '')),
    models: Object.fromEntries(vendor.models.map(model => [model.name, model.name])),
    max_concurrency: limit === '' ? null : Number(limit)
  }
  const test = useMutation({ mutationFn: () => post<ChannelTest>('/admin/channels/test', asked) })
  const add = useMutation({
    mutationFn: () => post<Channel>('/admin/channels', asked),
    onSuccess: channel => {
      void queries.invalidateQueries({
        predicate: ({ queryKey: [first] }) => first === 'channels' || first === 'models'
      })
      onAdded(channel)
    }
  })
  const errorAt = (field: string) => errorOf(field, add.error ?? test.error)

  return (
    <form
      className={style.form}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <div className={style.head}>
        <Button variant="subtle" color="gray" leftSection={<ArrowLeft />} onClick={onBack}>
          {t.channelForm.otherVendor}
        </Button>
        <b>{vendor.name}</b>
        {vendor.keys_url !== null && (
          <a href={vendor.keys_url} target="_blank" rel="noreferrer" className={style.where}>
            {t.channelForm.whereKey} <ExternalLink aria-hidden="true" />
          </a>
        )}
      </div>
      <TextField
        label={t.channelForm.name}
        required
        withAsterisk={false}
        value={name}
        error={errorAt('name')}
        onChange={event => setName(event.currentTarget.value)}
      />
      {vendor.regions.length > 1 ? (
        <NativeSelect
          label={t.channelForm.region}
          data={vendor.regions.map(region => ({
            value: region.base_url,
            label: `${region.label} · ${new URL(region.base_url).host}`
          }))}
          value={baseUrl}
          onChange={event => setBaseUrl(event.currentTarget.value)}
        />
      ) : (
        <TextField
          label={t.channelForm.address}
          type="url"
          value={baseUrl}
          error={errorAt('base_url')}
          onChange={event => setBaseUrl(event.currentTarget.value)}
        />
      )}
      {vendor.credential.fields.map(({ name: field, label, secret, optional }) => {
        const Field = secret ? SecretField : TextField
        return (
          <Field
            key={field}
            label={optional ? `${label} (${t.channelForm.optional})` : label}
            description={secret ? t.channelForm.secretHint : undefined}
            autoComplete="off"
            required={!optional}
            withAsterisk={false}
            value={credential[field] ?? ''}
            error={errorAt(`credential.${field}`)}
            onChange={event => {
              const { value } = event.currentTarget
              setCredential(before => ({ ...before, [field]: value }))
              test.reset()
            }}
          />
        )
      })}
      <TextField
        label={t.channelForm.atOnce}
        description={t.channelForm.atOnceHint}
        placeholder={t.channelForm.noLimit}
        inputMode="numeric"
        pattern="[1-9]\d{0,5}"
        value={limit}
        error={errorAt('max_concurrency')}
        onChange={event => setLimit(event.currentTarget.value)}
      />
      <Tested test={test.data} error={test.error ?? add.error} />
      {!vendor.free_probe && <p className="dim">{t.channelForm.noFreeTest}</p>}
      <div className={style.later}>
        <Button type="submit" size="sm" loading={add.isPending}>
          {t.channelForm.add}
        </Button>
        {vendor.free_probe && (
          <Button size="sm" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t.channelForm.test}
          </Button>
        )}
      </div>
    </form>
  )
}

function Tested({ test, error }: { test: ChannelTest | undefined; error: unknown }) {
  const { t, format } = useText()
  if (error) return <Failure error={error} />
  if (!test) return null
  if (!test.ok) return <Note tone="bad">{test.message}</Note>
  return (
    <Note tone="ok">
      {t.channelForm.testWorks(test.latency_ms === null ? t.parts.unknown : format.duration(test.latency_ms))}
    </Note>
  )
}
