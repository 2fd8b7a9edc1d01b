CREATE TABLE `assets` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`number` integer NOT NULL,
	`variant` text NOT NULL,
	`state` text NOT NULL,
	`location` text,
	`bytes` integer,
	`sha256` text,
	`content_type` text,
	`tries` integer DEFAULT 0 NOT NULL,
	`error` text,
	`due_at` integer,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `assets_once` ON `assets` (`task_id`,`number`,`variant`);--> statement-breakpoint
CREATE INDEX `assets_due` ON `assets` (`due_at`) WHERE "assets"."due_at" is not null;--> statement-breakpoint
CREATE TABLE `attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`upstream_model` text NOT NULL,
	`reference` text NOT NULL,
	`outcome` text,
	`upstream_id` text,
	`failure` text,
	`cost` text,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `attempts_by_task` ON `attempts` (`task_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_upstream` ON `attempts` (`channel_id`,`upstream_id`) WHERE "attempts"."upstream_id" is not null;--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`vendor` text NOT NULL,
	`base_url` text NOT NULL,
	`credential` text NOT NULL,
	`options` text NOT NULL,
	`models` text NOT NULL,
	`max_concurrency` integer,
	`submits_per_minute` integer,
	`priority` integer DEFAULT 0 NOT NULL,
	`weight` integer DEFAULT 1 NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`built_in` integer DEFAULT false NOT NULL,
	`health` text NOT NULL,
	`in_flight` integer DEFAULT 0 NOT NULL,
	`learned_limit` integer,
	`next_submit_at` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	CONSTRAINT "channels_slots" CHECK("channels"."in_flight" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channels_name_unique` ON `channels` (`name`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`endpoint_id` text,
	`task_id` text,
	`url` text NOT NULL,
	`status` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`response_status` integer,
	`error` text,
	`due_at` integer,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`due_at`) WHERE "deliveries"."due_at" is not null;--> statement-breakpoint
CREATE INDEX `deliveries_by_task` ON `deliveries` (`task_id`);--> statement-breakpoint
CREATE TABLE `endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`url` text NOT NULL,
	`name` text,
	`secrets` text NOT NULL,
	`events` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`disabled_reason` text,
	`failing_since` integer,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`task_id` text,
	`key_id` text,
	`data` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_by_task` ON `events` (`task_id`,`id`);--> statement-breakpoint
CREATE TABLE `idempotency` (
	`key_id` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`task_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`key_id`, `idempotency_key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_age` ON `idempotency` (`created_at`);--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`owner` text,
	`hash` text NOT NULL,
	`hint` text NOT NULL,
	`models` text,
	`ip_allowlist` text,
	`expires_at` integer,
	`requests_per_minute` integer,
	`max_concurrency` integer,
	`max_queued` integer,
	`budget` text,
	`dialect` text DEFAULT 'auto' NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`revoked_at` integer,
	`last_used_at` integer,
	`in_flight` integer DEFAULT 0 NOT NULL,
	`queue_tag` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash_unique` ON `keys` (`hash`);--> statement-breakpoint
CREATE TABLE `ledger` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text,
	`key_id` text NOT NULL,
	`kind` text NOT NULL,
	`from_account` text NOT NULL,
	`to_account` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "ledger_amount" CHECK("ledger"."amount" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_once` ON `ledger` (`task_id`,`kind`) WHERE "ledger"."kind" <> 'adjust';--> statement-breakpoint
CREATE INDEX `ledger_by_key` ON `ledger` (`key_id`,`id`);--> statement-breakpoint
CREATE TABLE `meta` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `models` (
	`name` text PRIMARY KEY NOT NULL,
	`candidates` text,
	`prices` text NOT NULL,
	`retry_failed` integer DEFAULT false NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `requests` (
	`task_id` text PRIMARY KEY NOT NULL,
	`video` text NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `spend` (
	`key_id` text NOT NULL,
	`currency` text NOT NULL,
	`window_start` integer NOT NULL,
	`held` integer DEFAULT 0 NOT NULL,
	`spent` integer DEFAULT 0 NOT NULL,
	`announced` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`key_id`, `currency`, `window_start`),
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "spend_held" CHECK("spend"."held" >= 0)
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`part_of` text,
	`model` text NOT NULL,
	`status` text NOT NULL,
	`prompt` text NOT NULL,
	`milliseconds` integer,
	`size` text,
	`seed` integer,
	`n` integer DEFAULT 1 NOT NULL,
	`user` text,
	`remixed_from` text,
	`response_format` text,
	`callback_url` text,
	`fingerprint` text NOT NULL,
	`retry_count` integer DEFAULT 0 NOT NULL,
	`channel_id` text,
	`upstream_model` text,
	`attempt_id` text,
	`operation` text,
	`progress` integer DEFAULT 0 NOT NULL,
	`result` text,
	`failure` text,
	`error_code` text,
	`error_message` text,
	`warnings` text NOT NULL,
	`cancel_requested` integer DEFAULT false NOT NULL,
	`price` integer,
	`currency` text,
	`prices` text,
	`due_at` integer,
	`lease_owner` text,
	`lease_until` integer,
	`fence` integer DEFAULT 0 NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`deadline_at` integer NOT NULL,
	`queue_tag` integer,
	`slot` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`expires_at` integer,
	`deleted_at` integer,
	FOREIGN KEY (`key_id`) REFERENCES `keys`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "tasks_ended" CHECK(("tasks"."finished_at" is null) = ("tasks"."status" in ('queued', 'in_progress'))),
	CONSTRAINT "tasks_ended_not_due" CHECK("tasks"."finished_at" is null or ("tasks"."due_at" is null and "tasks"."queue_tag" is null))
);
--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`due_at`) WHERE "tasks"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `tasks_queue` ON `tasks` (`queue_tag`) WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX `tasks_by_key` ON `tasks` (`key_id`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_parts` ON `tasks` (`part_of`) WHERE "tasks"."part_of" is not null;