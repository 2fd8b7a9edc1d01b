const roles = ['owner', 'operator', 'viewer'] as const

/** `reelay-admins=owner, video-team=operator, *=viewer` → the role of each group. Throws an Error that names the part that is wrong. */
export function parseOidcRoles(text: string): readonly (readonly [group: string, role: (typeof roles)[number]])[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)
    .map(part => {
      const at = part.lastIndexOf('=')
      const group = part.slice(0, Math.max(at, 0)).trim()
      const role = roles.find(one => one === part.slice(at + 1).trim())
      if (group === '' || role === undefined)
        throw new Error(`${part} must be a group, = and one of ${roles.join(', ')}, e.g. video-team=operator`)
      return [group, role] as const
    })
}
