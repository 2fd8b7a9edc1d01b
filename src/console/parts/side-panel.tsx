import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Drawer.layer.css'
import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import style from './side-panel.module.css'

interface Props {
  opened: boolean
  title: ReactNode
  /** for two columns of fields */
  wide?: boolean
  onClose(): void
  children: ReactNode
}

/** A panel over the right side of a list: one of its rows, or a new one. */
export function SidePanel({ opened, title, wide = false, onClose, children }: Props) {
  const { t } = useText()
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size={`calc(min(${wide ? 640 : 470}px, 100vw))`}
      closeButtonProps={{ 'aria-label': t.parts.close }}
      classNames={{ header: style.header, title: style.title, content: style.content, body: style.body }}
    >
      {children}
    </Drawer>
  )
}
