import type { Budget } from '../../src/db/index.ts'

const whole = (random: () => number, from: number, to: number) => from + Math.floor(random() * (to - from + 1))

/** One model is paid by the second, the other by the video. */
export const perSecond = (model: string) => model === 'kling-v1'

/** What differs from seed to seed. */
export function drawWorld(random: () => number) {
  const budget: Budget = {
    amount: '40.00',
    currency: 'USD',
    window: random() < 0.5 ? 'daily' : 'total',
    timezone: 'Asia/Shanghai'
  }
  return {
    /** how much goes as it should */
    calm: 0.4 + random() * 0.5,
    /** how many lookups of lost submits get no answer: some vendors know of none */
    mute: random() < 0.15 ? 0.9 : 0,
    /** tasks in flight: more than there are slots, so that queues are long */
    width: whole(random, 15, 50),
    /** of the two channels */
    limits: { a: whole(random, 1, 8), b: whole(random, 2, 10) },
    /** micro-units */
    price: whole(random, 1, 500_000),
    budget: 40_000_000,
    keys: [{ name: 'hog' }, { name: 'guest', budget }, { name: 'third', maxConcurrency: whole(random, 1, 3) }],
    /** how often a node looks for what is due, rather than time passing */
    ticks: 0.3 + random() * 0.2
  }
}
