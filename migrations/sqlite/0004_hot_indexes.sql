DROP INDEX `tasks_due`;--> statement-breakpoint
DROP INDEX `tasks_queue`;--> statement-breakpoint
CREATE INDEX `tasks_waiting` ON `tasks` (`model`) WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX `tasks_completed` ON `tasks` (`model`,`id`) WHERE "tasks"."status" = 'completed';--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`due_at`) WHERE "tasks"."finished_at" is null and "tasks"."queue_tag" is null;--> statement-breakpoint
CREATE INDEX `tasks_queue` ON `tasks` (`queue_tag`,`id`) WHERE "tasks"."queue_tag" is not null;