ALTER TABLE `keys` ADD `duration_policy` text;--> statement-breakpoint
ALTER TABLE `models` ADD `duration_policy` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `expected_size` text;