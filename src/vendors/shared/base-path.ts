import type { ChannelConfig } from '../vendor.ts'

/** Returns `prefix` unless the channel's base URL ends with it: documents write base URLs both ways. */
export function below({ baseUrl }: Pick<ChannelConfig, 'baseUrl'>, prefix: string): string {
  return baseUrl.endsWith(prefix) ? '' : prefix
}
