ALTER TABLE `tasks` ADD `follow_up_at` integer;--> statement-breakpoint
CREATE INDEX `tasks_followed` ON `tasks` (`follow_up_at`) WHERE "tasks"."follow_up_at" is not null;