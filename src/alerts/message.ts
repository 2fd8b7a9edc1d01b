import type { AlertPhase, Incident, IncidentFacts, IncidentKind, Severity } from '../db/index.ts'

/* What operators read about an incident, in plain English. */

/** A message for people, which each wire writes in its own form. */
export interface Message {
  title: string
  summary: string
  facts: readonly (readonly [label: string, value: string])[]
  /** what to do; null: nothing */
  advice: string | null
  /** the page of the console; null: PUBLIC_URL is not set */
  link: string | null
}

/** One message to one target. */
export interface Alert {
  /** the same on every attempt */
  id: string
  phase: AlertPhase | 'test'
  /** null: a test */
  incident: Pick<Incident, 'id' | 'kind' | 'subject' | 'severity' | 'openedAt' | 'closedAt'> | null
  message: Message
}

type Words = Pick<Message, 'title' | 'summary' | 'advice'> & { facts?: Message['facts'] }
interface KindWords {
  begun(facts: IncidentFacts, severity: Severity): Words
  over(facts: IncidentFacts): Pick<Words, 'title' | 'summary'>
  path(subject: string): string
}

const quoted = (name: string | undefined) => `"${name ?? 'unknown'}"`
const gigabytes = (bytes = 0) => `${(bytes / 1e9).toFixed(1)} GB`
const count = (number = 0, one: string, many: string) => `${number} ${number === 1 ? one : many}`

const reasons: Record<string, { summary: string; advice: string }> = {
  auth: { summary: 'rejects its credential', advice: 'Enter a new credential for the channel.' },
  insufficient_balance: {
    summary: 'says that the account has no balance left',
    advice: 'Top up the account, then enable the channel again.'
  }
}

const coolingReasons: Record<string, string> = {
  no_answer: 'does not answer submits',
  server: 'fails at submits',
  rate_limit: 'says that its rate limit is reached',
  concurrency_limit: 'says that too many videos run at once',
  insufficient_balance: 'says that the account has no balance until later'
}

const words: Record<IncidentKind, KindWords> = {
  channel_disabled: {
    begun({ name, vendor, reason = '', models = [] }) {
      const known = reasons[reason]
      return {
        title: `Channel ${quoted(name)} is disabled`,
        summary: `${vendor ?? 'The vendor'} ${known?.summary ?? `refuses the account (${reason})`}, so nothing is submitted to it.`,
        facts: models.length ? [['Models without another channel', models.join(', ')]] : [],
        advice: known?.advice ?? 'Check the account in the console of the vendor.'
      }
    },
    over: ({ name }) => ({
      title: `Recovered: channel ${quoted(name)}`,
      summary: 'The vendor accepts it again, or an operator changed it.'
    }),
    path: subject => `/channels/${subject}`
  },
  channel_cooling: {
    begun: ({ name, vendor = 'The vendor', reason = '', count: failures = 0 }) => ({
      title: `Channel ${quoted(name)} does not recover`,
      summary: `${vendor} ${coolingReasons[reason] ?? `rejects its submits (${reason})`}. Only one trial at a time is sent to it, until one is accepted.`,
      facts: [['Failed in a row', count(failures, 'submit', 'submits')]],
      advice: 'Test the channel in the console, and look whether the vendor has an incident or a limit is reached.'
    }),
    over: ({ name }) => ({
      title: `Recovered: channel ${quoted(name)}`,
      summary: 'The vendor accepts submits again, or an operator changed it.'
    }),
    path: subject => `/channels/${subject}`
  },
  needs_decision: {
    begun: ({ count: videos }) => ({
      title: `${count(videos, 'video has', 'videos have')} an unknown outcome`,
      summary:
        'The vendor may or may not make the video: its answer to the request was lost, and it cannot be asked. The price is held until somebody decides.',
      advice:
        'Look in the console of the vendor whether the video was made, then decide on the page of the task or with: reelay tasks resolve'
    }),
    over: () => ({ title: 'Recovered: unknown outcomes', summary: 'All of them have been decided.' }),
    path: () => '/tasks?state=needs_decision'
  },
  archive: {
    begun: ({ count: files, reason }) => ({
      title: `${count(files, 'file', 'files')} cannot be archived`,
      summary: 'Each is tried again, but vendors delete their files after some hours or days.',
      facts: reason === undefined ? [] : [['Last error', reason]],
      advice: 'Test the archive in the settings of the console, or run: reelay doctor'
    }),
    over: () => ({ title: 'Recovered: the archive', summary: 'No file waits for it any more.' }),
    path: () => '/settings/archive'
  },
  files_lost: {
    begun: ({ count: files, reason = '', videos = [] }) => ({
      title: `${count(files, 'file is', 'files are')} lost`,
      summary: `${files === 1 ? 'A finished video' : 'Finished videos'} could not be archived, and ${files === 1 ? 'is' : 'are'} no longer tried. A file can be had only while its vendor keeps it.`,
      facts: [
        [files === videos.length ? 'Videos' : 'Some of the videos', videos.join(', ')],
        ['Last error', reason]
      ],
      advice: 'Download what still plays in the console, and test the archive: reelay doctor'
    }),
    over: () => ({ title: 'Lost files', summary: 'They are lost, or were deleted.' }),
    path: () => '/settings/archive'
  },
  disk: {
    begun: ({ name, host, free_bytes: free, total_bytes: total }, severity) => ({
      title: `The disk of ${host ?? 'a node'} is ${severity === 'bad' ? 'full' : 'almost full'}`,
      summary: `${gigabytes(free)} of ${gigabytes(total)} are free in ${name ?? 'its folder'}. Without space no request can be accepted.`,
      advice: 'Free some space, keep videos for less long (RETENTION_DAYS), or enlarge the disk.'
    }),
    over: ({ host, name }) => ({
      title: `Recovered: the disk of ${host ?? 'a node'}`,
      summary: `${name ?? 'Its folder'} has enough space again.`
    }),
    path: () => '/settings'
  },
  budget: {
    begun({ name, used, budget, currency, percent, window, resets_at: resets }, severity) {
      const isSpent = severity === 'bad'
      return {
        title: `Key ${quoted(name)} has used ${isSpent ? 'up its budget' : `${percent} % of its budget`}`,
        summary: `${used} of ${budget} ${currency} are used or held.${isSpent ? ' Further requests are refused.' : ''}`,
        facts: [
          ['Window', window ?? 'total'],
          ...(resets === undefined ? [] : [['Resets', timeText(resets)] as const])
        ],
        advice: 'Raise the budget of the key, or let it reset.'
      }
    },
    over: ({ name }) => ({
      title: `Recovered: the budget of key ${quoted(name)}`,
      summary: 'It was reset or raised.'
    }),
    path: subject => `/keys/${subject}`
  }
}

/** Returns what is told of an incident. `publicUrl`: where the console is, for a link. */
export function messageOf(incident: Incident, phase: AlertPhase, publicUrl: string | undefined): Message {
  const { kind, subject, severity, facts, openedAt, closedAt } = incident
  const { begun, over, path } = words[kind] ?? ofNewer(kind)
  const link = linkTo(publicUrl, path(subject))
  if (phase !== 'recovered') {
    const told = begun(facts, severity)
    return { ...told, facts: [['Since', timeText(openedAt)], ...(told.facts ?? [])], link }
  }
  const end = closedAt ?? openedAt
  return {
    ...over(facts),
    facts: [
      ['From', timeText(openedAt)],
      ['To', timeText(end)],
      ['Lasted', durationText(end - openedAt)]
    ],
    advice: null,
    link
  }
}

/** During a rolling upgrade a node of a newer release may find what this one does not know. */
const ofNewer = (kind: string): KindWords => ({
  begun: () => ({ title: `Incident: ${kind}`, summary: 'Its details are in the console.', advice: null }),
  over: () => ({ title: `Recovered: ${kind}`, summary: 'It is over.' }),
  path: () => '/'
})

/** Returns the message of a test. */
export const testMessage = (publicUrl: string | undefined): Message => ({
  title: 'Test message',
  summary: 'Alerts of reelay reach you here.',
  facts: [],
  advice: null,
  link: linkTo(publicUrl, '/settings')
})

/** Returns the subject of a message, the same on every wire: robots that want a keyword find `reelay` in it. */
export const subjectOf = ({ title }: Message) => `[reelay] ${title}`

/** Returns everything below the subject as plain text. `escape` is applied to each line that is not the link. */
export function bodyTextOf({ summary, facts, advice, link }: Message, escape = (line: string) => line): string {
  const lines = [summary, ...facts.map(([label, value]) => `${label}: ${value}`), ...(advice === null ? [] : [advice])]
  return [...lines.map(escape), ...(link === null ? [] : [link])].join('\n')
}

const linkTo = (publicUrl: string | undefined, path: string) =>
  publicUrl === undefined ? null : `${publicUrl.replace(/\/$/, '')}/console${path}`

/** `2026-11-30 14:02 UTC`; `time` in milliseconds. */
const timeText = (time: number) => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`

function durationText(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000))
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24]
  if (days > 0) return `${count(days, 'day', 'days')} ${count(hours, 'hour', 'hours')}`
  return hours > 0
    ? `${count(hours, 'hour', 'hours')} ${count(minutes % 60, 'minute', 'minutes')}`
    : count(minutes, 'minute', 'minutes')
}
