/** Moments between two writes at which a crash must lose nothing; crash tests name one in FAIL_POINT. */
export type FailPoint =
  | 'created'
  | 'before-send'
  | 'after-send'
  | 'bound'
  | 'claimed'
  | 'polled'
  | 'ended'
  | 'kept'
  | 'delivered'

/** Comes by a point with a task whose prompt is `prompt`. */
export type PassFailPoint = (point: FailPoint, prompt?: string) => void

/**
 * Kills this process, as `kill -9` would, when it comes by the point that `setting` names: `NAME`, `NAME:PROBABILITY`, and with `@TEXT`
 * behind it only in the hand of tasks whose prompt holds TEXT.
 */
export function createFailPoints(setting: string | undefined, random: () => number): PassFailPoint {
  if (setting === undefined) return () => {}
  const [, name, probability = '1', text = ''] = /^([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(setting) ?? []
  return (point, prompt = '') => {
    if (point === name && prompt.includes(text) && random() < Number(probability)) process.kill(process.pid, 'SIGKILL')
  }
}
