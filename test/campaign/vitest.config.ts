import { mergeConfig } from 'vitest/config'
import shared from '../vitest.config.ts'

// what takes minutes: `npm run campaign:…`, not part of `npm test`
export default mergeConfig(shared, { test: { include: ['test/campaign/*.campaign.ts'] } })
