DROP INDEX `deliveries_due`;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `lane` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `response_body` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `give_up_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_by_endpoint` ON `deliveries` (`endpoint_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_once` ON `deliveries` (`event_id`,`lane`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`due_at`,`lane`) WHERE "deliveries"."due_at" is not null;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `updated_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `endpoints_by_key` ON `endpoints` (`key_id`,`id`);--> statement-breakpoint
ALTER TABLE `events` ADD `pending` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `events_pending` ON `events` (`id`) WHERE "events"."pending";--> statement-breakpoint
ALTER TABLE `keys` ADD `callback_secret` text;