import { createSignal } from '../lib/signal.ts'
import type { DeliveryChange } from '../stores/deliveries.ts'
import type { TaskChange } from '../stores/tasks.ts'

/** What changes: stores and services emit, and whoever remembers or shows something subscribes. */
export const createSignals = () => ({
  taskChanges: createSignal<TaskChange>(),
  deliveryChanges: createSignal<DeliveryChange>(),
  settingChanges: createSignal(),
  /** of keys, whose caches are invalidated */
  keyChanges: createSignal(),
  /** of users and sessions */
  sessionChanges: createSignal()
})
