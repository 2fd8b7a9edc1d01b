const plainParameters = new Set(['endpoint', 'region', 'sslmode', 'application_name', 'options'])

/**
 * Returns a connection string (database, Redis, archive) for people to read: without its password, whatever characters that holds, and without
 * parameters that may be secret.
 */
export function withoutPassword(url: string): string {
  const start = url.indexOf('://') + 3
  if (start < 3) return url
  const end = url.lastIndexOf('@')
  const address = end < start ? url : `${url.slice(0, start)}…${url.slice(end)}`
  return address.replaceAll(/([?&])([^=&?]+)=[^&]*/g, (all, mark: string, name: string) =>
    plainParameters.has(name) ? all : `${mark}${name}=…`
  )
}
