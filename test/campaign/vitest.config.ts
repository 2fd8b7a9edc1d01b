import { defineConfig } from 'vitest/config'
import shared, { project } from '../vitest.config.ts'

// what takes minutes: `npm run campaign:…`, not part of `npm test`
const campaigns = project('campaigns', { include: ['test/campaign/*.campaign.ts'], isolate: true })

export default defineConfig({ ...shared, test: { ...shared.test, projects: [campaigns] } })
