import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import type { Channel, Model } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Acts, Form } from '../../parts/form.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { pathOf } from './change.ts'

interface Props {
  channels: readonly Channel[]
  onCreated(name: string): void
  onClose(): void
}

/** A new public name for what a channel makes. */
export function NewModel({ channels, onCreated, onClose }: Props) {
  const { t } = useText()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState('')
  const [upstream, setUpstream] = useState('')
  const channel = chosen || (channels[0]?.id ?? '')
  const create = useMutation({
    mutationFn: () =>
      request<Model>('PUT', pathOf(name.trim()), {
        body: { candidates: [{ channel, upstream_model: upstream.trim() || name.trim() }] }
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['models'] })
      onCreated(name.trim())
    }
  })
  return (
    <SidePanel opened title={t.models.newName} onClose={onClose}>
      <Form onSubmit={() => create.mutate()}>
        <TextField
          label={t.models.publicName}
          description={t.models.publicNameHint}
          required
          withAsterisk={false}
          maxLength={200}
          data-autofocus
          value={name}
          error={errorOf('name', create.error)}
          onChange={event => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label={t.models.channel}
          data={channels.map(({ id, name: label }) => ({ value: id, label }))}
          value={channel}
          onChange={event => setChosen(event.currentTarget.value)}
        />
        <TextField
          label={t.channelForm.vendorName}
          placeholder={name}
          value={upstream}
          onChange={event => setUpstream(event.currentTarget.value)}
        />
        {create.error && <Failure error={create.error} />}
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={create.isPending} disabled={channel === ''}>
            {t.models.create}
          </Button>
        </Acts>
      </Form>
    </SidePanel>
  )
}
