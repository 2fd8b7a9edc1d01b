/* Durations and sizes: `Intl` has no good short forms for both languages. */

export const units = {
  ms: (n: string) => `${n} ms`,
  s: (n: string) => `${n} s`,
  min: (n: string) => `${n} min`,
  h: (n: string) => `${n} h`,
  d: (n: string) => `${n} d`,
  bytes: ['B', 'kB', 'MB', 'GB', 'TB'],
  now: 'just now',
  perSecond: (price: string) => `${price} / s`,
  perVideo: (price: string) => `${price} / video`
}
