import '@mantine/core/styles/Popover.layer.css'
import '@mantine/core/styles/Menu.layer.css'
import { ActionIcon, Menu } from '@mantine/core'
import { Ellipsis, type LucideIcon } from 'lucide-react'
import { useLocation } from 'wouter'
import { useText } from '../i18n/index.tsx'

export interface RowAct {
  label: string
  icon: LucideIcon
  /** a page of the console */
  to?: string
  run?(): void
}

/** What is rarely done with one thing. `of`: its name. False acts are left out. */
export function RowMenu({ of, acts }: { of: string; acts: readonly (RowAct | false)[] }) {
  const { t } = useText()
  const [, navigate] = useLocation()
  const shown = acts.filter(act => act !== false)
  if (shown.length === 0) return null
  return (
    <Menu position="bottom-end" shadow="none" width={220}>
      <Menu.Target>
        <ActionIcon aria-label={t.parts.actsOf(of)}>
          <Ellipsis />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {shown.map(({ label, icon: Icon, to, run }) => (
          <Menu.Item
            key={label}
            leftSection={<Icon aria-hidden="true" />}
            onClick={() => (to ? navigate(to) : run?.())}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
