import '@mantine/core/styles/InlineInput.layer.css'
import '@mantine/core/styles/Radio.layer.css'
import '@mantine/core/styles/Stack.layer.css'
import { Button, Modal, Radio, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import type { CreatedKey, Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Acts } from '../../parts/form.tsx'
import { useNow } from '../../state/now.ts'

const hours = ['24', '1', '0'] as const

/** Asks how long the old secret of a key stays valid, and replaces it. Red only when it ends at once. */
export function Rotate({ of, onRotated, onClose }: { of: Key; onRotated(created: CreatedKey): void; onClose(): void }) {
  const { t, format } = useText()
  const now = useNow()
  const queries = useQueryClient()
  const [keep, setKeep] = useState<string>('24')
  const rotate = useMutation({
    mutationFn: () => post<CreatedKey>(`/admin/keys/${of.id}/rotate`, { keep_old_for_hours: Number(keep) }),
    onSuccess: created => {
      void queries.invalidateQueries({ queryKey: ['keys'] })
      onRotated(created)
    }
  })
  const { last_used_at: at, last_used_ip: ip } = of
  return (
    <Modal
      opened
      onClose={onClose}
      title={t.keys.rotateTitle(of.name)}
      size={520}
      centered
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <Stack gap={16}>
        <p>
          {t.keys.rotateText} {at !== null && t.keys.lastUse(format.ago(at, now), ip ?? t.parts.unknown)}
        </p>
        <Radio.Group label={t.keys.oldSecret} value={keep} onChange={setKeep}>
          <Stack gap={10} mt={6}>
            {hours.map(value => (
              <Radio
                key={value}
                value={value}
                label={t.keys.keep[value].label}
                description={t.keys.keep[value].text}
                data-autofocus={value === '24' || undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        {rotate.error && <Failure error={rotate.error} />}
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button
            size="sm"
            {...(keep === '0' && { color: 'red' })}
            loading={rotate.isPending}
            onClick={() => rotate.mutate()}
          >
            {t.keys.rotate}
          </Button>
        </Acts>
      </Stack>
    </Modal>
  )
}
