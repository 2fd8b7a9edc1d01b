import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Button, Modal } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import { Acts, Form } from '../../parts/form.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import type { Shown } from './data.ts'

/** Charges the key of a task more, or gives it something back, with a reason that the ledger keeps. */
export function Correction({ task, onClose, onDone }: { task: Shown; onClose(): void; onDone(): Promise<unknown> }) {
  const { t } = useText()
  const [kind, setKind] = useState<'back' | 'more'>('back')
  const [amount, setAmount] = useState('')
  const [reason, setReason] = useState('')
  const currency = (task.charged ?? task.price)?.currency ?? 'USD'
  const correct = useMutation({
    mutationFn: () =>
      post('/admin/ledger', {
        key_id: task.key.id,
        task_id: task.id,
        amount: kind === 'back' ? `-${amount.trim()}` : amount.trim(),
        currency,
        reason: reason.trim()
      }),
    onSuccess: async () => {
      await onDone()
      onClose()
    }
  })
  const [atAmount, atReason] = [errorOf('amount', correct.error), errorOf('reason', correct.error)]
  return (
    <Modal
      opened
      onClose={onClose}
      title={t.task.correct}
      size={460}
      centered
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <Form onSubmit={() => correct.mutate()}>
        <p className="dim">{t.task.correctText(task.key.name)}</p>
        <Segmented<'back' | 'more'>
          label={t.task.correct}
          value={kind}
          choices={[
            { value: 'back', label: t.task.giveBack },
            { value: 'more', label: t.task.chargeMore }
          ]}
          onChange={setKind}
        />
        <TextField
          label={t.task.amountIn(currency)}
          inputMode="decimal"
          pattern="\d{1,9}(\.\d{1,6})?"
          required
          withAsterisk={false}
          data-autofocus
          value={amount}
          error={atAmount}
          onChange={event => setAmount(event.currentTarget.value)}
        />
        <TextField
          label={t.task.reason}
          description={t.task.reasonHint}
          required
          withAsterisk={false}
          maxLength={500}
          value={reason}
          error={atReason}
          onChange={event => setReason(event.currentTarget.value)}
        />
        {correct.error && !atAmount && !atReason && <Failure error={correct.error} />}
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={correct.isPending}>
            {t.task.correctAct}
          </Button>
        </Acts>
      </Form>
    </Modal>
  )
}
