import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Acts, Form } from '../../parts/form.tsx'
import { useSavedViews } from './saved.ts'

interface Props {
  search: string
  /** the name it has */
  name?: string | undefined
  onClose(): void
}

/** Gives a view its name, the first one or another. Loaded when it is wanted. */
export default function NameView({ search, name, onClose }: Props) {
  const { t } = useText()
  const { saved, save } = useSavedViews()
  const [typed, setTyped] = useState(name ?? '')
  const given = typed.trim()
  const isTaken = given !== name && saved.some(view => view.name === given)
  return (
    <Modal
      opened
      onClose={onClose}
      title={name === undefined ? t.tasks.saveView : t.tasks.renameView}
      size={400}
      centered
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <Form
        onSubmit={() => {
          save({ name: given, search }, name)
          onClose()
        }}
      >
        <TextField
          label={t.tasks.viewName}
          description={isTaken ? t.tasks.replacesView(given) : t.tasks.viewHint}
          required
          withAsterisk={false}
          pattern=".*\S.*"
          maxLength={40}
          data-autofocus
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
        />
        <Acts>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit">
            {t.tasks.saveAct}
          </Button>
        </Acts>
      </Form>
    </Modal>
  )
}
