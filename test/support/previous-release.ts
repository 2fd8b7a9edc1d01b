import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/lib/root.ts'
import { makeFolder } from './folder.ts'

const root = packageRoot()
const run = (command: string, args: string[], options: object = {}) =>
  execFileSync(command, args, { cwd: root, maxBuffer: 1 << 28, ...options })
const git = (...args: string[]) => run('git', args, { encoding: 'utf8', stdio: 'pipe' }).toString().trim()

/**
 * The source of the release before this one in a folder that it can run in: of the last tag; while there is none, of the commit before the newest
 * migration; in a clone without history, of this commit. `close` removes it.
 */
export function previousRelease(): { version: string; main: string; close(): void } {
  const version = lastTag() ?? beforeNewestMigration() ?? 'HEAD'
  const folder = makeFolder('release')
  const files = run('git', ['archive', version, 'package.json', 'package-lock.json', 'src', 'migrations'])
  run('tar', ['-x', '-C', folder.path], { input: files })
  if (canShare(folder.path)) symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  else
    run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: folder.path,
      stdio: 'pipe'
    })
  return { version, main: join(folder.path, 'src/main.ts'), close: folder.close }
}

/** The last tag before this commit, which may be a release itself; undefined: there is none. */
function lastTag(): string | undefined {
  try {
    return git('describe', '--tags', '--abbrev=0', 'HEAD^')
  } catch {
    return undefined
  }
}

/** The last commit with fewer migrations than there are now, and no others; undefined: the history does not go back that far. */
function beforeNewestMigration(): string | undefined {
  const migrations = 'migrations/postgres/'
  const ours = readdirSync(join(root, migrations))
  let later: string | undefined
  for (const commit of git('log', '--first-parent', '--format=%H', 'HEAD', '--', migrations).split('\n')) {
    const names = git('ls-tree', '--name-only', commit, migrations)
      .split('\n')
      .map(path => path.slice(migrations.length))
    if (names.length < ours.length && names.every(name => ours.includes(name))) return later ? `${later}^` : commit
    later = commit
  }
  console.warn(
    'The history of this repository is not complete, so this commit is upgraded to itself: git fetch --unshallow --tags'
  )
  return undefined
}

/** Whether the packages installed here serve it too: all that it needs, in the same major versions. */
function canShare(folder: string): boolean {
  const ours = dependenciesOf(root)
  return Object.entries(dependenciesOf(folder)).every(([name, version]) => majorOf(ours[name]) === majorOf(version))
}

// the first number that is not 0: before 1.0 the second is the major
const majorOf = (version = '') => /^(0\.)*\d+/.exec(version)?.[0]

const dependenciesOf = (folder: string) =>
  // true because npm reads it
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> })
    .dependencies
