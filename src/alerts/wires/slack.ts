import { bodyTextOf, subjectOf } from '../message.ts'
import { jsonPost, type Wire } from './wire.ts'

// the only three characters that are markup everywhere; `<!channel>` would call everybody
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/**
 * Incoming webhooks of Slack, and of Mattermost, Rocket.Chat and others that read the same: `{"text"}`, answered with the text `ok`; errors have
 * an HTTP status of 4xx. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export const slack: Wire = {
  write: ({ address }, { message }) =>
    jsonPost(address, { text: `*${escape(subjectOf(message))}*\n${bodyTextOf(message, escape)}` }),
  // Rocket.Chat answers {"success":true}
  problem: answer => (/^\s*\{.*"(ok|success)"\s*:\s*false/s.test(answer) ? `answered ${answer}` : null)
}
