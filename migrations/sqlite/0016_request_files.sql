CREATE TABLE `request_files` (
	`task_id` text NOT NULL,
	`file` integer NOT NULL,
	`piece` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`task_id`, `file`, `piece`)
);
--> statement-breakpoint
ALTER TABLE `requests` ADD `file_pieces` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `callback_front` text;