import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { schema } from '../src/config.ts'

/* There is no cluster in a test run: this holds docker/kubernetes.yaml to what the image and the program say of themselves. */

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = parseAllDocuments(read('docker/kubernetes.yaml'))
const of = (kind: string) => documents.map(document => document.toJS()).find(object => object.kind === kind)
const { spec: pod } = of('Deployment').spec.template
const [gateway] = pod.containers

test('it is YAML, and its objects name each other', () => {
  expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  const labels = of('Deployment').spec.template.metadata.labels
  expect(of('Service').spec.selector).toEqual(labels)
  expect(of('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
  expect(gateway.envFrom).toEqual([
    { configMapRef: { name: of('ConfigMap').metadata.name } },
    { secretRef: { name: of('Secret').metadata.name } }
  ])
  expect(gateway.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(
    pod.volumes.map(({ name }: { name: string }) => name)
  )
})

test('its settings are settings of the program, and keep nothing in a pod', () => {
  const settings = { ...of('ConfigMap').data, ...of('Secret').stringData }
  const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
  expect(Object.keys(settings).filter(name => !(name in schema.shape) && !credentials.includes(name))).toEqual([])
  expect(Object.values(settings).every(value => typeof value === 'string')).toBe(true)
  expect(settings.DATABASE_URL).toMatch(/^postgres:/)
  expect(settings.ARCHIVE_URL).toMatch(/^s3:/)
  for (const name of ['SECRET_KEY', 'ADMIN_KEY']) expect(settings).toHaveProperty(name)
  for (const volume of pod.volumes) expect(volume).toHaveProperty('emptyDir')
})

test('it runs as the image does, and waits as long as the program drains', () => {
  const user = /^USER (\d+):(\d+)$/m.exec(read('Dockerfile'))
  expect([pod.securityContext.runAsUser, pod.securityContext.runAsGroup]).toEqual(user?.slice(1).map(Number))
  expect(pod.securityContext.runAsNonRoot).toBe(true)
  expect(gateway.securityContext.readOnlyRootFilesystem).toBe(true)
  expect(gateway.ports[0].containerPort).toBe(Number(/PORT=(\d+)/.exec(read('Dockerfile'))?.[1]))
  expect([gateway.livenessProbe, gateway.readinessProbe].map(probe => probe.httpGet.path)).toEqual([
    '/livez',
    '/readyz'
  ])
  const grace = Number(/stop_grace_period: (\d+)s/.exec(read('docker/compose.yaml'))?.[1])
  const drain = Number(of('ConfigMap').data.DRAIN_DELAY_MS) / 1000
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + drain)
})
