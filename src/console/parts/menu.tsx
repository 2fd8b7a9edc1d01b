import type { LucideIcon } from 'lucide-react'
import { cloneElement, lazy, Suspense, useState, type ReactElement, type ReactNode, type Ref } from 'react'

export interface MenuItem {
  label: ReactNode
  /** where labels may be equal */
  key?: string | undefined
  icon?: LucideIcon | undefined
  right?: ReactNode
  disabled?: boolean
  /** the menu stays open, e.g. to say that something was copied */
  stays?: boolean
  /** a page of the console */
  to?: string | undefined
  /** the address of a file */
  download?: string | undefined
  run?: (() => void) | undefined
}

export interface MenuProps {
  /** opens the menu */
  button: ReactElement<ButtonProps>
  /** what the menu is about, for who does not see it */
  label: string
  /** false ones are left out */
  items: readonly (MenuItem | { heading: string } | false)[]
  width?: number
  /** under which end of the button */
  align?: 'start' | 'end'
}

interface ButtonProps {
  ref?: Ref<HTMLButtonElement>
  onClick?: (() => void) | undefined
  onPointerEnter?: (() => void) | undefined
  'aria-haspopup'?: 'menu'
  'aria-expanded'?: boolean
}

const load = () => import('./menu-loaded.tsx')
const LoadedMenu = lazy(load)

/** A menu below a button. Its code is a fifth of what a page loads, so it comes when the pointer does, or with the first press. */
export function Menu(props: MenuProps) {
  const [wanted, setWanted] = useState(false)
  const button = cloneElement(props.button, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: () => void load(),
    onClick: () => setWanted(true)
  })
  return wanted ? (
    <Suspense fallback={button}>
      <LoadedMenu {...props} />
    </Suspense>
  ) : (
    button
  )
}
