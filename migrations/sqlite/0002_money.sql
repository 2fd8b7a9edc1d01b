ALTER TABLE `ledger` ADD `window_start` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `spend` ADD `carried` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_in_doubt` ON `tasks` (`finished_at`) WHERE "tasks"."error_code" = 'submit_outcome_unknown';