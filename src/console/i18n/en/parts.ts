/* Words of the parts that every page uses. */

export const parts = {
  copy: 'Copy',
  copied: 'Copied',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  back: 'Back',
  tryAgain: 'Try again',
  later: 'Later',
  done: 'Done',
  clearAll: 'Clear all',
  loading: 'Loading',
  loadMore: (n: number) => `Load ${n} more`,
  filterIs: (name: string, value: string) => `${name} is ${value}`,
  removeFilter: (name: string) => `Remove the filter ${name}`,
  total: 'Total',
  failedTitle: 'This did not load.',
  answered: (status: number) => `The gateway answered ${status}.`,
  noAnswer: 'The gateway does not answer.',
  unaffected: 'Your tasks are not affected.',
  show: 'Show',
  hide: 'Hide',
  required: 'required',
  held: 'held',
  free: 'free',
  unknown: '–',
  slotsUsed: (used: number, total: number) => `${used} of ${total} slots in use`,
  vendorAllows: (n: number) => `vendor allows ${n} now`,
  queuePlace: (n: number) => `no. ${n}`,
  moreOptions: 'More options',
  actsOf: (name: string) => `Actions for ${name}`
}

export const player = {
  play: 'Play',
  pause: 'Pause',
  position: 'Position',
  loopOn: 'Loop is on',
  loopOff: 'Loop is off',
  sound: 'Turn sound on',
  silence: 'Turn sound off',
  fullScreen: 'Full screen',
  leaveFullScreen: 'Leave full screen',
  failed: 'The video did not load.',
  video: 'Video'
}

export const waterfall = {
  label: 'What happened, on a time axis',
  queued: 'Waited for a slot',
  submit: 'Submitted',
  reconcile: 'Asked the vendor',
  running: 'Rendered',
  poll: 'Asked for progress',
  archived: 'Archived',
  delivery: 'Webhook',
  cancel: 'Cancelled',
  decided: 'Decided',
  polls: (n: number) => (n === 1 ? '1 poll' : `${n} polls`)
}

export const shortcuts = {
  title: 'Keyboard shortcuts',
  general: 'Everywhere',
  lists: 'Lists and tasks',
  player: 'Player',
  goTo: 'Go to',
  palette: 'Search, go, act',
  help: 'This list',
  docs: 'Guides and API reference',
  filter: 'Filter the list',
  next: 'Next',
  previous: 'Previous',
  open: 'Open',
  back: 'Back',
  make: 'Make the video',
  playPause: 'Play or pause',
  second: 'One second back, on',
  frame: 'One frame back, on',
  loop: 'Loop',
  sound: 'Sound',
  fullScreen: 'Full screen'
}

export const palette = {
  title: 'Search, go, act',
  placeholder: 'A page, an action, a task id, words of a prompt',
  nothing: 'Nothing found',
  actions: 'Do',
  videos: 'Recent videos',
  found: 'Videos',
  pages: 'Go to',
  newVideo: 'New video',
  newKey: 'New key',
  addChannel: 'Add a channel',
  switchTheme: 'Switch light and dark'
}
