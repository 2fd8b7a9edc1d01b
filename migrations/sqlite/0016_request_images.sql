CREATE TABLE `request_images` (
	`task_id` text NOT NULL,
	`image` integer NOT NULL,
	`piece` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`task_id`, `image`, `piece`)
);
--> statement-breakpoint
ALTER TABLE `requests` ADD `image_pieces` text;