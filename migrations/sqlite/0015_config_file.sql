CREATE TABLE `managed` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`file` text NOT NULL,
	`line` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);
