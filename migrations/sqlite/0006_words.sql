ALTER TABLE `deliveries` RENAME COLUMN "lane" TO "partition_key";--> statement-breakpoint
ALTER TABLE `spend` RENAME COLUMN "carried" TO "carried_over";--> statement-breakpoint
ALTER TABLE `tasks` RENAME COLUMN "part_of" TO "parent_id";--> statement-breakpoint
ALTER TABLE `tasks` RENAME COLUMN "deaths" TO "crash_count";--> statement-breakpoint
DROP INDEX `deliveries_due`;--> statement-breakpoint
DROP INDEX `deliveries_once`;--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`due_at`,`partition_key`) WHERE "deliveries"."due_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_once` ON `deliveries` (`event_id`,`partition_key`);--> statement-breakpoint
DROP INDEX `tasks_called_off`;--> statement-breakpoint
DROP INDEX `tasks_parts`;--> statement-breakpoint
DROP INDEX `tasks_in_doubt`;--> statement-breakpoint
CREATE INDEX `tasks_cancel_requested` ON `tasks` (`id`) WHERE "tasks"."queue_tag" is not null and "tasks"."cancel_requested";--> statement-breakpoint
CREATE INDEX `tasks_children` ON `tasks` (`parent_id`) WHERE "tasks"."parent_id" is not null;--> statement-breakpoint
CREATE INDEX `tasks_unresolved` ON `tasks` (`finished_at`) WHERE "tasks"."error_code" in ('submit_outcome_unknown', 'internal_quarantined');--> statement-breakpoint
UPDATE `assets` SET `state` = 'pending' WHERE `state` = 'wanted';--> statement-breakpoint
UPDATE `assets` SET `state` = 'archived' WHERE `state` = 'kept';--> statement-breakpoint
UPDATE `tasks` SET `result` = replace(`result`, '"at":{"kept":', '"at":{"stored":') WHERE `result` LIKE '%"at":{"kept":%';
