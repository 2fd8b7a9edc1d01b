import { checkpoints } from '../../src/lib/checkpoint.ts'

/* Loaded into a server before its bundle: kills the process, as `kill -9` would, when it passes the checkpoint that KILL_AT names, with the
   probability KILL_CHANCE. The bundle has a `checkpoint.ts` of its own, but channels are known by name to a whole process. */

const { KILL_AT, KILL_CHANCE = '1' } = process.env

checkpoints.subscribe(name => {
  if (name === KILL_AT && Math.random() < Number(KILL_CHANCE)) process.kill(process.pid, 'SIGKILL')
})
