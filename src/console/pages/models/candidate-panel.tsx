import { Button, NativeSelect } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Channel, Model } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Acts, FieldRow, Form } from '../../parts/form.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'

type Candidate = Model['candidates'][number]

interface Props {
  /** null: a new one */
  of: Candidate | null
  model: string
  channels: readonly Channel[]
  onSave(candidate: Candidate): Promise<unknown>
  onClose(): void
}

/** One channel that makes a model, by which name, and when it is chosen. */
export function CandidatePanel({ of, model, channels, onSave, onClose }: Props) {
  const { t } = useText()
  const [channel, setChannel] = useState(of?.channel ?? channels[0]?.id ?? '')
  const [upstream, setUpstream] = useState(of?.upstream_model ?? model)
  const [priority, setPriority] = useState(String(of?.priority ?? 0))
  const [weight, setWeight] = useState(String(of?.weight ?? 1))
  const save = useMutation({ mutationFn: onSave, onSuccess: onClose })
  return (
    <SidePanel opened title={of ? t.models.edit : t.models.addChannel} onClose={onClose}>
      <Form
        onSubmit={() =>
          save.mutate({ channel, upstream_model: upstream.trim(), priority: Number(priority), weight: Number(weight) })
        }
      >
        <NativeSelect
          label={t.models.channel}
          data={channels.map(({ id, name }) => ({ value: id, label: name }))}
          value={channel}
          onChange={event => setChannel(event.currentTarget.value)}
        />
        <TextField
          label={t.channelForm.vendorName}
          required
          withAsterisk={false}
          value={upstream}
          onChange={event => setUpstream(event.currentTarget.value)}
        />
        <FieldRow>
          <TextField
            label={t.channelForm.priority}
            description={t.channelForm.priorityHint}
            required
            withAsterisk={false}
            pattern="-?\d{1,4}"
            value={priority}
            onChange={event => setPriority(event.currentTarget.value)}
          />
          <TextField
            label={t.channelForm.weight}
            description={t.channelForm.weightHint}
            required
            withAsterisk={false}
            pattern="\d{1,4}"
            value={weight}
            onChange={event => setWeight(event.currentTarget.value)}
          />
        </FieldRow>
        {save.error && <Failure error={save.error} />}
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={save.isPending} disabled={channel === ''}>
            {of ? t.parts.save : t.models.add}
          </Button>
        </Acts>
      </Form>
    </SidePanel>
  )
}
