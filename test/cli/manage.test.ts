import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { createRunner, reelay, type Ran } from './run.ts'

/* The same commands over a server and over the database: a person cannot tell which. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(startTestServer)
const folder = forAllTests(() => makeFolder('manage'))

const places = {
  'the database': () => ({ DATA_DIR: folder.path, OUTBOUND_ALLOW: '127.0.0.0/8', SANDBOX: 'off' }),
  'a server': () => ({ DATA_DIR: '/nowhere', REELAY_URL: server.url, REELAY_KEY: ADMIN_KEY })
} satisfies Record<string, () => Record<string, string>>

describe.each(Object.entries(places))('over %s', (_place, env) => {
  const start = createRunner()
  const run = (line: string, more: Record<string, string> = {}): Promise<Ran> =>
    start(line.split(' '), { ...env(), ...more })
  async function json(line: string, more: Record<string, string> = {}): Promise<any> {
    const { code, stdout, stderr } = await run(`${line} --json`, more)
    expect({ code, stderr: stderr.replace(/^Creating a new database.*\n/, '') }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  test('a channel, so that there is a model for a key', async () => {
    const base = `--base-url ${vendor.url} --option endpoint_path=EP`
    await json(`channels add --vendor cloudsway --name keys ${base} --model kling-v1`, { REELAY_CREDENTIAL: 'x' })
  })

  test('keys: create prints the secret alone, list hides it, rotate and revoke go by name', async () => {
    const made = await run('keys create app --model kling-v1 --rpm 60 --budget 10.00 --window monthly --expires 30d')
    expect(made.code).toBe(0)
    expect(made.stdout).toMatch(/^sk-\w{49}\n$/)
    expect(made.stderr).toMatch(/Key app \(key_[0-9a-f]{32}\)/)

    const list = await run('keys list')
    expect(list.stdout).toMatch(/^NAME +ROLE +HINT/)
    expect(list.stdout).toMatch(/^app +member +sk-.{4}… +until \S+ \S+ +0\.00 USD +10\.00 USD monthly +never +key_/m)
    expect(list.stdout).not.toContain(made.stdout.trim())
    const [key] = (await json('keys list')).filter(({ name }: { name: string }) => name === 'app')
    expect(key).toMatchObject({ models: ['kling-v1'], requests_per_minute: 60, budget: { window: 'monthly' } })

    const rotated = await json('keys rotate app')
    expect(rotated).toMatchObject({ id: key.id, key: expect.stringMatching(/^sk-/) })
    expect(rotated.key).not.toBe(made.stdout.trim())

    const revoked = await run('keys revoke app')
    expect(revoked.stdout).toBe(`Key app (${key.id}) is revoked.\n`)
    const again = await run('keys revoke app')
    expect(again).toMatchObject({ code: 4, stdout: '', stderr: 'There is no key app.\n' })
  })

  test.each([
    ['keys create k --window monthly', 2, '--window needs a --budget.'],
    ['keys create k --timezone Asia/Shanghai', 2, '--timezone needs a --budget.'],
    ['keys create k --currency CNY', 2, '--currency needs a --budget.'],
    ['keys create k --expires 2020-01-01', 2, '--expires must be in the future.'],
    ['keys create k --model nobody', 2, 'There is no model nobody.'],
    ['keys create k --duration-policy down', 2, 'nearest, up, refuse'],
    ['models set nobody --price 0.10/second', 4, 'no channel serves nobody'],
    ['models set nobody --price 0.10/second?resolutoin=1080p', 4, 'prices.0.when.resolutoin']
  ])('%s does nothing useful: exit %i', async (line, expected, words) => {
    const { code, stdout, stderr } = await run(line)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toContain(words)
    expect((await json('keys list')).map(({ name }: { name: string }) => name)).not.toContain('k')
  })

  test('keys set changes what is named, and nothing else', async () => {
    const made = await json('keys create team --model kling-v1 --rpm 60 --budget 10.00 --window monthly --owner Ann')
    const raised = await run('keys set team --budget 50.00')
    expect(raised).toMatchObject({ code: 0, stderr: '' })
    expect(raised.stdout).toMatch(/^budget +50\.00 USD monthly\nspent +0\.00 USD$/m)
    expect(await json('keys get team')).toMatchObject({
      id: made.id,
      models: ['kling-v1'],
      requests_per_minute: 60,
      owner: 'Ann',
      budget: { amount: '50.00', currency: 'USD', window: 'monthly', timezone: 'UTC' }
    })
    const all = `--name group --role admin --scope usage:read --no-owner --any-model --ip 10.0.0.0/8 --expires 30d --rpm none
      --max-concurrency 2 --max-queued 3 --window daily --timezone Asia/Shanghai --dialect unified --duration-policy up --disable`
    expect(await json(`keys set ${made.id} ${all.split(/\s+/).join(' ')}`)).toMatchObject({
      name: 'group',
      role: 'admin',
      scopes: ['usage:read'],
      owner: null,
      models: null,
      ip_allowlist: ['10.0.0.0/8'],
      expires_at: expect.any(Number),
      requests_per_minute: null,
      max_concurrency: 2,
      max_queued: 3,
      budget: { amount: '50.00', currency: 'USD', window: 'daily', timezone: 'Asia/Shanghai' },
      dialect: 'unified',
      duration_policy: 'up',
      disabled: true
    })
    const freed = await json('keys set group --budget none --any-ip --expires none --max-queued none --enable')
    expect(freed).toMatchObject({
      budget: null,
      ip_allowlist: null,
      expires_at: null,
      max_queued: null,
      disabled: false
    })
    expect(await run('keys set group --window daily')).toMatchObject({
      code: 2,
      stderr: '--window needs a --budget.\n'
    })
    expect(await run('keys set group')).toMatchObject({ code: 2 })
    await run('keys revoke group')
    expect((await run(`keys get ${made.id}`)).stdout).toMatch(/^state +revoked /m)
  })

  test('channels set and models price change what is named', async () => {
    const changed = await json(
      'channels set keys --name accounts --model v2=kling-v2-master --remove-model kling-v1 --max-concurrency 7 --submits-per-minute 30 --priority 4 --weight 3 --disable',
      { REELAY_CREDENTIAL: 'not for a change' }
    )
    expect(changed).toMatchObject({
      name: 'accounts',
      models: { v2: 'kling-v2-master' },
      options: { endpoint_path: 'EP' },
      max_concurrency: 7,
      submits_per_minute: 30,
      priority: 4,
      weight: 3,
      disabled: true
    })
    const back = 'channels set accounts --name keys --enable --model kling-v1 --max-concurrency none --credential fresh'
    expect(await run(back)).toMatchObject({ code: 0, stdout: 'Channel keys is changed.\n' })
    expect(await run('channels set keys --remove-model nobody')).toMatchObject({ code: 2 })
    expect(await run('channels set keys --base-url http://10.0.0.1')).toMatchObject({ code: 4 })

    expect((await run('models price v2')).stdout).toBe('Model v2 has no price of its own.\n')
    const priced = await run('models price v2 0.10/second 0.20USD/second?resolution=1080p')
    expect(priced).toMatchObject({ code: 0, stdout: '0.10USD/second\n0.20USD/second?resolution=1080p\n' })
    expect((await run('models price v2')).stdout).toBe(priced.stdout)
    expect(await run('models price v2 0.10')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^0\.10: it must/)
    })
    expect((await run('models price v2 none')).code).toBe(0)
    await run('models remove v2')
  })

  test('users: invited, changed, reset, removed; audit says who did what', async () => {
    const invited = await run('users create Bo --role viewer --email bo@example.com')
    expect(invited.stdout).toMatch(/^http\S+\/console\/invite\?token=\S+\n$/)
    expect(await run('users set Bo --role operator --no-email')).toMatchObject({
      code: 0,
      stdout: 'User Bo is changed.\n'
    })
    expect((await run('users list')).stdout).toMatch(/^Bo +- +operator +invited until \S+ \S+ +never +user_/m)
    expect((await run('users reset Bo')).stdout).toMatch(/invite\?token=/)
    expect(await run('users remove Bo')).toMatchObject({ code: 0, stdout: 'User Bo is removed.\n' })
    const changes = await run('audit --what user --limit 3')
    expect(changes.stdout).toMatch(/cli +user\.delete +Bo +-$/m)
    expect((await run('audit --what key.update --search group')).stdout).toMatch(
      /key\.update +group +ip_allowlist: \["10\.0\.0\.0\/8"\] → null; .*…$/m
    )
    // by name, also of a person who is gone
    const actions = (await json('audit --target Bo')).map(({ action }: { action: string }) => action)
    expect(actions).toEqual(['user.delete', 'user.reset', 'user.update', 'user.create'])
    expect(await json('audit --target nobody')).toEqual([])
    expect((await run('audit --what user --csv')).stdout).toMatch(/^id,at,actor_kind/)
  })

  test('and the channel goes again', async () => {
    expect((await run('channels remove keys')).code).toBe(0)
  })

  test('of two keys with one name none is guessed', async () => {
    const [one, other] = [await json('keys create twin'), await json('keys create twin')]
    const { code, stderr } = await run('keys revoke twin')
    expect(code).toBe(4)
    for (const { id } of [one, other]) expect(stderr).toContain(id)
    expect((await run(`keys revoke ${one.id} ${other.id}`)).code).toBe(0)
  })

  test('channels and models: add, list, test, disable, enable, set, remove', async () => {
    const base = `--base-url ${vendor.url} --option endpoint_path=EP`
    const credential = { REELAY_CREDENTIAL: 'CANARY-credential' }
    const added = await run(
      `channels add --vendor cloudsway --name kl ${base} --model kling-v1 --model best=kling-v2-master --max-concurrency 5 --priority -3 --weight 2`,
      credential
    )
    expect(added).toMatchObject({ code: 0 })
    expect(added.stdout).toMatch(/^Channel kl is added \(chan_[0-9a-f]{32}\)\.\nIt serves kling-v1, best\.\n$/)
    const [channel] = (await json('channels list')).filter(({ name }: { name: string }) => name === 'kl')
    expect(channel).toMatchObject({
      vendor: 'cloudsway',
      base_url: vendor.url,
      options: { endpoint_path: 'EP' },
      models: { 'kling-v1': 'kling-v1', best: 'kling-v2-master' },
      max_concurrency: 5,
      priority: -3,
      weight: 2
    })
    const shown = await run('channels list')
    expect(shown.stdout).toMatch(/^kl +cloudsway +0\/5 +ok +kling-v1, best +chan_/m)
    expect(JSON.stringify(channel) + shown.stdout).not.toContain('CANARY')

    expect(await run('channels disable kl')).toMatchObject({ code: 0, stdout: 'Channel kl is disabled.\n' })
    expect((await run('channels list')).stdout).toMatch(/^kl .* disabled /m)
    expect(await run('channels enable kl')).toMatchObject({ code: 0, stdout: 'Channel kl is enabled.\n' })

    const set = await json(
      'models set fast --candidate kl=kling-v1 --price 0.10USD/second?resolution=1080p&audio=true --price 0.05/second'
    )
    expect(set).toMatchObject({
      candidates: [{ channel: channel.id, upstream_model: 'kling-v1' }],
      prices: [
        { unit: 'second', amount: '0.10', currency: 'USD', when: { resolution: '1080p', audio: true } },
        { unit: 'second', amount: '0.05', currency: 'USD' }
      ],
      disabled: false
    })
    expect((await json('models set fast --disable')).prices).toHaveLength(2)
    const models = await run('models list')
    expect(models.stdout).toMatch(
      /^fast +kl=kling-v1 +0\.10USD\/second\?resolution=1080p&audio=true, 0\.05USD\/second +disabled$/m
    )
    expect(models.stdout).toMatch(/^best +kl=kling-v2-master +- +ok$/m)
    expect(await run('models remove fast')).toMatchObject({
      code: 0,
      stdout: 'The settings of model fast are removed.\n'
    })
    expect(await run('models remove fast')).toMatchObject({ code: 4, stderr: 'There is no model fast.\n' })

    expect(await run('channels remove kl')).toMatchObject({ code: 0, stdout: 'Channel kl is removed.\n' })
    expect(await run('channels enable kl')).toMatchObject({ code: 4, stderr: 'There is no channel kl.\n' })
  })

  test('channels add knows the vendors’ regions', async () => {
    const made = await json('channels add --vendor kling --region cn --name cn --credential k')
    expect(made).toMatchObject({ base_url: 'https://api-beijing.klingai.com' })
    const wrong = await run('channels add --vendor jimeng --region global --name j --credential a|b')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('only cn (China (Beijing))') })
    const both = await run('channels add --vendor kling --region cn --base-url https://a.example --credential k')
    expect(both.code).toBe(2)
    await run('channels remove cn')
  })

  test('channels add reads the credential from a file, from stdin or by field', async () => {
    const file = join(folder.path, 'credential')
    writeFileSync(file, 'from-a-file\n')
    const add = `channels add --vendor cloudsway --base-url ${vendor.url} --option endpoint_path=EP --name`
    expect((await run(`${add} file --credential-file ${file}`)).code).toBe(0)
    const args = `${add} stdin --credential-file -`.split(' ')
    expect((await reelay(args, env(), { stdin: 'from-stdin\n' })).code).toBe(0)
    expect((await run(`${add} field --field api_key=a=b`)).code).toBe(0)
    expect(await run(`${add} two --field api_key=a --credential b`)).toMatchObject({ code: 2 })
    expect(await run(`${add} none --credential-file /nowhere`)).toMatchObject({ code: 2 })
    for (const name of ['file', 'stdin', 'field']) {
      const tested = await json(`channels test ${name}`)
      expect(tested).toMatchObject({ ok: true, free: true })
      await run(`channels remove ${name}`)
    }
  })

  test('channels test says when the vendor has no free call, and exits 1 when the vendor does not answer', async () => {
    await run('channels add --vendor luma --name quiet --credential k')
    const unproved = await run('channels test quiet')
    expect(unproved.code).toBe(0)
    expect(unproved.stdout).toMatch(/^not tested {2}.*no free call/)
    await run(
      'channels add --vendor cloudsway --name dead --credential k --base-url http://127.0.0.1:9 --option endpoint_path=E'
    )
    const dead = await run('channels test dead')
    expect(dead.code).toBe(1)
    expect(dead.stdout).toMatch(/^problem {2}No answer/)
  })

  test("a server's no is told with its field, exit 4; --json gives the error as JSON on stderr", async () => {
    const line =
      'channels add --vendor cloudsway --name kl --credential k --base-url http://10.0.0.1 --option endpoint_path=E'
    const told = await run(line)
    expect(told).toMatchObject({ code: 4, stdout: '' })
    expect(told.stderr).toMatch(/^base_url: .+\n$/)
    const { code, stdout, stderr } = await run(`${line} --json`)
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'invalid_request', param: 'base_url' } })
  })

  test('nothing is coloured when it is piped', async () => {
    const all = [await run('keys list'), await run('channels list'), await run('--help'), await run('doctor')]
    // oxlint-disable-next-line no-control-regex
    for (const { stdout, stderr } of all) expect(stdout + stderr).not.toMatch(/\u001b/)
  })
})

describe('a server that says no', () => {
  const env = (more: Record<string, string>) => ({ DATA_DIR: '/nowhere', REELAY_URL: server.url, ...more })

  test('to an unknown key: exit 3', async () => {
    const { code, stderr } = await reelay(['keys', 'list'], env({ REELAY_KEY: 'sk-wrong' }))
    expect(code).toBe(3)
    expect(stderr).toMatch(/API key/)
  })

  test('to a member: exit 3', async () => {
    const { code, stderr } = await reelay(['channels', 'list'], env({ REELAY_KEY: await server.memberKey() }))
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'This needs an admin key.\n' })
  })

  test('because nobody listens: exit 1, and the address', async () => {
    const { code, stderr } = await reelay(['keys', 'list'], { REELAY_URL: 'http://127.0.0.1:9', REELAY_KEY: 'sk-x' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:9 does not answer: .+\n$/)
  })

  test('because it is no reelay: exit 4, and a hint', async () => {
    const { code, stderr } = await reelay(['keys', 'list'], { REELAY_URL: `${vendor.url}/x`, REELAY_KEY: 'sk-x' })
    expect(code).toBe(4)
    expect(stderr).toMatch(/Check REELAY_URL\.$/m)
  })
})
