ALTER TABLE `deliveries` ADD `attempts` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_undelivered` ON `deliveries` (`status`,`id`) WHERE "deliveries"."status" <> 'delivered';--> statement-breakpoint
CREATE INDEX `ledger_adjusted` ON `ledger` (`task_id`,`id`) WHERE "ledger"."kind" = 'adjust';