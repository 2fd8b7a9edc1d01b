export const tasks = {
  title: 'Tasks',
  viewsLabel: 'Views',
  views: { all: 'All', open: 'In progress', failed: 'Failed', doubt: 'Needs a decision', dear: 'Expensive' },
  atLeast: (n: string) => `${n}+`,
  fresh: (n: number) => `${n} new`,
  find: 'Id, prompt or end user',
  filters: {
    state: 'Status',
    model: 'Model',
    channel: 'Channel',
    key: 'Key',
    error: 'Error',
    time: 'Time',
    cost: 'Cost',
    user: 'End user',
    vendor_code: 'Vendor code',
    group: 'Group'
  },
  ranges: { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' },
  costFrom: (amount: string) => `${amount} or more`,
  costUpTo: (amount: string) => `${amount} or less`,
  picture: 'Picture',
  prompt: 'Prompt',
  noPrompt: 'No prompt',
  status: 'Status',
  madeBy: 'Made by',
  madeFor: 'For',
  took: 'Took',
  cost: 'Cost',
  created: 'Created',
  sorted: { asc: 'sorted, lowest first', desc: 'sorted, highest first' },
  noChannel: 'no channel yet',
  tries: (n: number) => `${n} tries`,
  total: (n: string) => `${n} in all`,
  ofVideo: (length: string) => `${length} of video`,
  export: 'Export',
  formats: { csv: 'CSV, for spreadsheets', ndjson: 'JSON Lines, for programs' },
  mark: (prompt: string) => `Mark ${prompt}`,
  marked: (n: number) => `${n} marked`,
  unmark: 'Unmark',
  cancelMarked: (n: number) => (n === 1 ? 'Cancel it' : `Cancel ${n}`),
  cancelAll: (n: string) => `Cancel all ${n} in progress`,
  noneToCancel: 'Nothing here to cancel',
  cancelTitle: (n: number) => (n === 1 ? 'Cancel 1 task?' : `Cancel ${n} tasks?`),
  cancelText:
    'What waits is given back at once. What runs is cancelled at the vendor where it can; a vendor that goes on is paid, and the hold stays until it ends.',
  cancelAct: (n: number) => (n === 1 ? 'Cancel task' : `Cancel ${n} tasks`),
  noMatch: 'Nothing matches these filters',
  noMatchText: 'Fewer filters find more.',
  emptyViews: {
    open: 'Nothing is in progress',
    failed: 'Nothing failed',
    doubt: 'Nothing needs a decision',
    dear: 'Nothing cost 1 or more'
  },
  none: 'No video has been asked for yet',
  noneText: 'Make one in the playground, or send a request with a key.',
  toPlayground: 'Open the playground'
}

export const task = {
  title: 'Task'
}
