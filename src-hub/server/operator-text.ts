/** Every text of the status page, in one place. For operators of the hub, in English. */
export const OPERATOR_TEXT = {
  title: 'Suar hub',
  up: 'The database takes writes.',
  down: 'No node of the database takes writes. Devices keep their edits and try again.',
  synchronous: 'Commits wait for a standby: a lost primary loses nothing that was acknowledged.',
  alone: 'Commits are on one node only: losing it loses what was acknowledged since the last backup.',
  noBackup: 'No backup was ever written.',
  rows: {
    records: 'Records (about)',
    streams: 'Devices listening to this process',
    connections: 'Connections to the database',
    feedLag: 'Transactions that cursors wait for',
    standbys: 'Standbys that stream',
    lagBytes: 'Bytes the slowest standby is behind',
    backupAt: 'Last backup',
    epoch: 'Epoch',
  },
} as const;
