import { ActionIcon } from '@mantine/core'
import { Ellipsis } from 'lucide-react'
import { useText } from '../i18n/index.tsx'
import { Menu, type MenuItem } from './menu.tsx'

/** What is rarely done with one thing. `of`: its name. False acts are left out. */
export function RowMenu({ of, acts }: { of: string; acts: readonly (MenuItem | false)[] }) {
  const { t } = useText()
  if (!acts.some(Boolean)) return null
  const label = t.parts.actsOf(of)
  return (
    <Menu
      label={label}
      items={acts}
      button={
        <ActionIcon aria-label={label}>
          <Ellipsis />
        </ActionIcon>
      }
    />
  )
}
