import {
  ChartColumn,
  Clapperboard,
  ArrowLeftRight,
  BadgeDollarSign,
  KeyRound,
  LayoutDashboard,
  ListVideo,
  ScrollText,
  Settings,
  Webhook,
  type LucideIcon
} from 'lucide-react'
import { lazy, type ComponentType } from 'react'
import type { Permission, Session } from '../api/types/index.ts'
import type { Words } from '../i18n/words.ts'

/* A page is a folder `pages/<name>/index.tsx` with a default export, and a line here. A line without a folder is no page yet: nothing leads there. */

export type PageName = keyof typeof lines

export interface Page extends Line {
  name: PageName
  Content: ComponentType
}

interface Line {
  /** of wouter, below /console */
  path: string
  title(t: Words): string
  /** the part of the navigation it stands in; none: it is reached by links only */
  section?: 'main' | 'gateway' | 'records' | 'settings'
  icon: LucideIcon
  /** after G */
  key?: string
  /** what a session needs; `own`: member keys see it too, with what is their own */
  needs: Permission
  own?: boolean
}

const lines = {
  overview: {
    path: '/',
    title: t => t.overview.title,
    section: 'main',
    icon: LayoutDashboard,
    key: 'o',
    needs: 'tasks:read'
  },
  playground: {
    path: '/playground',
    title: t => t.playground.title,
    section: 'main',
    icon: Clapperboard,
    key: 'p',
    needs: 'tasks:write',
    own: true
  },
  tasks: {
    path: '/tasks',
    title: t => t.tasks.title,
    section: 'main',
    icon: ListVideo,
    key: 't',
    needs: 'tasks:read',
    own: true
  },
  task: { path: '/tasks/:id', title: t => t.task.title, icon: ListVideo, needs: 'tasks:read', own: true },
  channels: {
    path: '/channels',
    title: t => t.channels.title,
    section: 'gateway',
    icon: ArrowLeftRight,
    key: 'c',
    needs: 'channels:read'
  },
  models: {
    path: '/models',
    title: t => t.models.title,
    section: 'gateway',
    icon: BadgeDollarSign,
    key: 'm',
    needs: 'models:read'
  },
  keys: { path: '/keys', title: t => t.keys.title, section: 'gateway', icon: KeyRound, key: 'k', needs: 'keys:read' },
  webhooks: {
    path: '/webhooks',
    title: t => t.webhooks.title,
    section: 'gateway',
    icon: Webhook,
    key: 'w',
    needs: 'webhooks:read'
  },
  usage: {
    path: '/usage',
    title: t => t.usage.title,
    section: 'records',
    icon: ChartColumn,
    key: 'u',
    needs: 'usage:read',
    own: true
  },
  audit: {
    path: '/audit',
    title: t => t.audit.title,
    section: 'records',
    icon: ScrollText,
    key: 'a',
    needs: 'audit:read'
  },
  settings: {
    path: '/settings',
    title: t => t.settings.title,
    section: 'settings',
    icon: Settings,
    key: 's',
    needs: 'settings:read'
  }
} as const satisfies Record<string, Line>

const folders = import.meta.glob<{ default: ComponentType }>('../pages/*/index.tsx')

/** Every page that there is, in the order of the navigation. */
export const pages: readonly Page[] = Object.entries(lines).flatMap(([name, line]) => {
  const load = folders[`../pages/${name}/index.tsx`]
  // true because it is a name of the table above
  return load ? [{ ...line, name: name as PageName, Content: lazy(load) }] : []
})

/** Whether a session may open a page. */
export const isAllowed = ({ needs, own = false }: Line, { kind, permissions }: Session): boolean =>
  permissions.includes(needs) || (own && kind === 'member')
