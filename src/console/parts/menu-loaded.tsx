import '@mantine/core/styles/Popover.layer.css'
import '@mantine/core/styles/Menu.layer.css'
import { Menu as MantineMenu } from '@mantine/core'
import { cloneElement, useRef } from 'react'
import { useLocation } from 'wouter'
import type { MenuItem, MenuProps } from './menu.tsx'

/** The menu of a button that was just pressed: it is open from the start, and gives the focus back to the button. */
export default function LoadedMenu({ button, label, items, width = 220, align = 'end' }: MenuProps) {
  const target = useRef<HTMLButtonElement>(null)
  return (
    <MantineMenu
      defaultOpened
      // the button was drawn anew, so Mantine does not know that it had the focus
      returnFocus={false}
      onClose={() => target.current?.focus()}
      position={`bottom-${align}`}
      shadow="none"
      width={width}
    >
      <MantineMenu.Target>{cloneElement(button, { ref: target })}</MantineMenu.Target>
      <MantineMenu.Dropdown aria-label={label}>
        {items.map(
          (item, index) =>
            item &&
            ('heading' in item ? (
              <MantineMenu.Label key={index}>{item.heading}</MantineMenu.Label>
            ) : (
              <Item key={item.key ?? index} item={item} />
            ))
        )}
      </MantineMenu.Dropdown>
    </MantineMenu>
  )
}

function Item({
  item: { label, icon: Icon, right, disabled = false, stays = false, to, download, run }
}: {
  item: MenuItem
}) {
  const [, navigate] = useLocation()
  const shared = {
    leftSection: Icon && <Icon aria-hidden="true" />,
    rightSection: right,
    disabled,
    closeMenuOnClick: !stays
  }
  if (download !== undefined)
    return (
      <MantineMenu.Item component="a" download href={download} {...shared}>
        {label}
      </MantineMenu.Item>
    )
  return (
    <MantineMenu.Item onClick={() => (to === undefined ? run?.() : navigate(to))} {...shared}>
      {label}
    </MantineMenu.Item>
  )
}
