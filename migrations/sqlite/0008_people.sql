CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`actor_name` text,
	`via` text NOT NULL,
	`ip` text,
	`action` text NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text,
	`target_name` text,
	`before` text,
	`after` text,
	`request_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_by_actor` ON `audit` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_actor_name` ON `audit` (`actor_name`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_type` ON `audit` (`target_type`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_target` ON `audit` (`target_id`,`id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`user_id` text,
	`key_id` text,
	`key_hash` text,
	`ip` text,
	`agent` text,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "sessions_whose" CHECK(("sessions"."user_id" is null) <> ("sessions"."key_id" is null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_token_hash_unique` ON `sessions` (`token_hash`);--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`login` text,
	`email` text,
	`role` text NOT NULL,
	`password` text,
	`invite_hash` text,
	`invite_expires_at` integer,
	`subject` text,
	`disabled` integer DEFAULT false NOT NULL,
	`last_seen_at` integer,
	`created_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_login` ON `users` (`login`) WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `users_email` ON `users` (`email`) WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `users_subject` ON `users` (`subject`) WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `users_invite` ON `users` (`invite_hash`);--> statement-breakpoint
ALTER TABLE `keys` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `keys` ADD `user_id` text REFERENCES users(id);--> statement-breakpoint
ALTER TABLE `keys` ADD `old_hash` text;--> statement-breakpoint
ALTER TABLE `keys` ADD `old_callback_secret` text;--> statement-breakpoint
ALTER TABLE `keys` ADD `old_expires_at` integer;--> statement-breakpoint
ALTER TABLE `keys` ADD `old_last_used_at` integer;--> statement-breakpoint
ALTER TABLE `keys` ADD `last_used_ip` text;--> statement-breakpoint
CREATE UNIQUE INDEX `keys_old_hash` ON `keys` (`old_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `keys_of_user` ON `keys` (`user_id`);--> statement-breakpoint
-- As with the ledger: entries are only ever added.
CREATE TRIGGER `audit_no_update` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_no_delete` BEFORE DELETE ON `audit` BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
