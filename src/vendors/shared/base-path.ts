import type { ChannelConfig } from '../vendor.ts'

/** `prefix` unless the channel's base URL ends with it: vendors' documents name their bases both ways. */
export function below({ baseUrl }: Pick<ChannelConfig, 'baseUrl'>, prefix: string): string {
  return baseUrl.endsWith(prefix) ? '' : prefix
}
