import type { ChannelConfig } from '../vendor.ts'

/** Returns `prefix` unless the channel's base URL ends with its version: documents write base URLs both ways, and plans have paths of their own. */
export function below({ baseUrl }: Pick<ChannelConfig, 'baseUrl'>, prefix: string): string {
  return baseUrl.endsWith(prefix.slice(prefix.lastIndexOf('/'))) ? '' : prefix
}
