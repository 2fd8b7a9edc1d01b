/** Moments between two writes at which a crash must lose nothing; crash tests name one in FAIL_POINT. */
export type FailPoint = 'created' | 'before-send' | 'after-send' | 'bound' | 'polled' | 'ended'

/** Kills this process, as `kill -9` would, when it comes by the point that `setting` names (`NAME` or `NAME:PROBABILITY`). */
export function createFailPoints(setting: string | undefined, random: () => number): (point: FailPoint) => void {
  if (setting === undefined) return () => {}
  const [name, probability = '1'] = setting.split(':')
  return point => {
    if (point === name && random() < Number(probability)) process.kill(process.pid, 'SIGKILL')
  }
}
