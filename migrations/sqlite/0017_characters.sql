CREATE TABLE `characters` (
	`id` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`upstream_id` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action
);
