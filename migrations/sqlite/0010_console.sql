CREATE TABLE `asked` (
	`task_id` text PRIMARY KEY NOT NULL,
	`request` text NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `exchanges` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`attempt_id` text,
	`step` text NOT NULL,
	`request` text NOT NULL,
	`response` text,
	`error` text,
	`truncated` integer DEFAULT false NOT NULL,
	`started_at` integer NOT NULL,
	`milliseconds` integer NOT NULL,
	`count` integer DEFAULT 1 NOT NULL,
	`first_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exchanges_by_task` ON `exchanges` (`task_id`,`id`);--> statement-breakpoint
ALTER TABLE `tasks` ADD `compare_group` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `vendor_code` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `charged` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `decided_at` integer;--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`id`) WHERE "tasks"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `tasks_by_state` ON `tasks` ((case when "deleted_at" is not null then case when "status" = 'failed' and "started_at" is null and "failure" is not null then 'refused' end when "status" = 'completed' then 'succeeded' when "error_code" = 'cancelled' then 'cancelled' when ("error_code" = 'submit_outcome_unknown' or "error_code" = 'internal_quarantined') and "decided_at" is null then 'needs_decision' else 'failed' end),`id`) WHERE "tasks"."finished_at" is not null and "tasks"."parent_id" is null;--> statement-breakpoint
CREATE INDEX `tasks_by_model` ON `tasks` (`model`,`id`) WHERE "tasks"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_channel` ON `tasks` (`channel_id`,`id`) WHERE "tasks"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_user` ON `tasks` (`user`,`id`) WHERE "tasks"."user" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_group` ON `tasks` (`compare_group`,`id`) WHERE "tasks"."compare_group" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_error` ON `tasks` (`error_code`,`id`) WHERE "tasks"."error_code" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_vendor_code` ON `tasks` (`vendor_code`,`id`) WHERE "tasks"."vendor_code" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_charge` ON `tasks` (`charged`,`id`) WHERE "tasks"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_duration` ON `tasks` (("finished_at" - "started_at"),`id`) WHERE "tasks"."finished_at" is not null and "tasks"."started_at" is not null;--> statement-breakpoint
CREATE INDEX `tasks_finished` ON `tasks` (`finished_at`,`status`,`parent_id`,`error_code`,`deleted_at`,`started_at`,`created_at`,`n`,`milliseconds`) WHERE "tasks"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX `assets_troubled` ON `assets` (`state`) WHERE "assets"."state" in ('pending', 'lost') and "assets"."tries" > 0;--> statement-breakpoint
UPDATE `tasks` SET `vendor_code` = json_extract(`failure`, '$.code') WHERE `error_code` IS NOT NULL AND `failure` IS NOT NULL;--> statement-breakpoint
UPDATE `tasks` SET `charged` = (SELECT coalesce(sum(CASE WHEN `ledger`.`to_account` LIKE 'wallet:%' THEN -`ledger`.`amount` ELSE `ledger`.`amount` END), 0) FROM `ledger` WHERE `ledger`.`task_id` = `tasks`.`id` AND `ledger`.`kind` IN ('capture', 'adjust')) WHERE `price` IS NOT NULL;--> statement-breakpoint
UPDATE `tasks` SET `charged` = (SELECT coalesce(sum(`child`.`charged`), 0) FROM `tasks` AS `child` WHERE `child`.`parent_id` = `tasks`.`id`), `currency` = (SELECT max(`child`.`currency`) FROM `tasks` AS `child` WHERE `child`.`parent_id` = `tasks`.`id`) WHERE `n` > 1 AND `parent_id` IS NULL AND `price` IS NULL;--> statement-breakpoint
UPDATE `tasks` SET `decided_at` = (SELECT min(`ledger`.`created_at`) FROM `ledger` WHERE `ledger`.`task_id` = `tasks`.`id` AND `ledger`.`kind` IN ('capture', 'release')) WHERE `error_code` IN ('submit_outcome_unknown', 'internal_quarantined');
