/* The entry. On an older Node it says so in one line before anything native is loaded. */

const NEEDED = 24
const major = Number(process.versions.node.split('.')[0])

if (major < NEEDED) {
  process.stderr.write(
    `reelay needs Node ${NEEDED} or newer; this is ${process.versions.node}. In a clone, npm start and npm test bring their own.\n`
  )
  process.exitCode = 78
} else {
  const { runCli } = await import('./cli/index.ts')
  process.exitCode = await runCli(process.argv)
}
