CREATE TABLE "assets" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"number" bigint NOT NULL,
	"variant" text NOT NULL,
	"state" text NOT NULL,
	"location" text,
	"bytes" bigint,
	"sha256" text,
	"content_type" text,
	"tries" bigint DEFAULT 0 NOT NULL,
	"error" text,
	"due_at" bigint,
	"lease_until" bigint,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"channel_id" text NOT NULL,
	"upstream_model" text NOT NULL,
	"reference" text NOT NULL,
	"outcome" text,
	"upstream_id" text,
	"failure" jsonb,
	"cost" jsonb,
	"started_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"vendor" text NOT NULL,
	"base_url" text NOT NULL,
	"credential" text NOT NULL,
	"options" jsonb NOT NULL,
	"models" jsonb NOT NULL,
	"max_concurrency" bigint,
	"submits_per_minute" bigint,
	"priority" bigint DEFAULT 0 NOT NULL,
	"weight" bigint DEFAULT 1 NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"built_in" boolean DEFAULT false NOT NULL,
	"health" jsonb NOT NULL,
	"in_flight" bigint DEFAULT 0 NOT NULL,
	"learned_limit" bigint,
	"next_submit_at" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"deleted_at" bigint,
	CONSTRAINT "channels_name_unique" UNIQUE("name"),
	CONSTRAINT "channels_slots" CHECK ("channels"."in_flight" >= 0)
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"endpoint_id" text,
	"task_id" text,
	"url" text NOT NULL,
	"status" text NOT NULL,
	"tries" bigint DEFAULT 0 NOT NULL,
	"response_status" bigint,
	"error" text,
	"due_at" bigint,
	"lease_until" bigint,
	"created_at" bigint NOT NULL,
	"delivered_at" bigint
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"key_id" text NOT NULL,
	"url" text NOT NULL,
	"name" text,
	"secrets" jsonb NOT NULL,
	"events" jsonb NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"disabled_reason" text,
	"failing_since" bigint,
	"created_at" bigint NOT NULL,
	"deleted_at" bigint
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"task_id" text,
	"key_id" text,
	"data" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency" (
	"key_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"task_id" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "idempotency_key_id_idempotency_key_pk" PRIMARY KEY("key_id","idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"owner" text,
	"hash" text NOT NULL,
	"hint" text NOT NULL,
	"models" jsonb,
	"ip_allowlist" jsonb,
	"expires_at" bigint,
	"requests_per_minute" bigint,
	"max_concurrency" bigint,
	"max_queued" bigint,
	"budget" jsonb,
	"dialect" text DEFAULT 'auto' NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"revoked_at" bigint,
	"last_used_at" bigint,
	"in_flight" bigint DEFAULT 0 NOT NULL,
	"queue_tag" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text,
	"key_id" text NOT NULL,
	"kind" text NOT NULL,
	"from_account" text NOT NULL,
	"to_account" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"reason" text,
	"created_at" bigint NOT NULL,
	CONSTRAINT "ledger_amount" CHECK ("ledger"."amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "models" (
	"name" text PRIMARY KEY NOT NULL,
	"candidates" jsonb,
	"prices" jsonb NOT NULL,
	"retry_failed" boolean DEFAULT false NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"task_id" text PRIMARY KEY NOT NULL,
	"video" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spend" (
	"key_id" text NOT NULL,
	"currency" text NOT NULL,
	"window_start" bigint NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"spent" bigint DEFAULT 0 NOT NULL,
	"announced" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "spend_key_id_currency_window_start_pk" PRIMARY KEY("key_id","currency","window_start"),
	CONSTRAINT "spend_held" CHECK ("spend"."held" >= 0)
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"key_id" text NOT NULL,
	"part_of" text,
	"model" text NOT NULL,
	"status" text NOT NULL,
	"prompt" text NOT NULL,
	"milliseconds" bigint,
	"size" text,
	"seed" bigint,
	"n" bigint DEFAULT 1 NOT NULL,
	"user" text,
	"remixed_from" text,
	"response_format" text,
	"callback_url" text,
	"fingerprint" text NOT NULL,
	"retry_count" bigint DEFAULT 0 NOT NULL,
	"channel_id" text,
	"upstream_model" text,
	"attempt_id" text,
	"operation" jsonb,
	"progress" bigint DEFAULT 0 NOT NULL,
	"result" jsonb,
	"failure" jsonb,
	"error_code" text,
	"error_message" text,
	"warnings" jsonb NOT NULL,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"price" bigint,
	"currency" text,
	"prices" jsonb,
	"due_at" bigint,
	"lease_owner" text,
	"lease_until" bigint,
	"fence" bigint DEFAULT 0 NOT NULL,
	"tries" bigint DEFAULT 0 NOT NULL,
	"deadline_at" bigint NOT NULL,
	"queue_tag" bigint,
	"slot" boolean DEFAULT false NOT NULL,
	"created_at" bigint NOT NULL,
	"started_at" bigint,
	"finished_at" bigint,
	"expires_at" bigint,
	"deleted_at" bigint,
	CONSTRAINT "tasks_ended" CHECK (("tasks"."finished_at" is null) = ("tasks"."status" in ('queued', 'in_progress'))),
	CONSTRAINT "tasks_ended_not_due" CHECK ("tasks"."finished_at" is null or ("tasks"."due_at" is null and "tasks"."queue_tag" is null))
);
--> statement-breakpoint
ALTER TABLE "assets" ADD CONSTRAINT "assets_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spend" ADD CONSTRAINT "spend_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "assets_once" ON "assets" USING btree ("task_id","number","variant");--> statement-breakpoint
CREATE INDEX "assets_due" ON "assets" USING btree ("due_at") WHERE "assets"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "attempts_by_task" ON "attempts" USING btree ("task_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_upstream" ON "attempts" USING btree ("channel_id","upstream_id") WHERE "attempts"."upstream_id" is not null;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("due_at") WHERE "deliveries"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "deliveries_by_task" ON "deliveries" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "events_by_task" ON "events" USING btree ("task_id","id");--> statement-breakpoint
CREATE INDEX "idempotency_age" ON "idempotency" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_once" ON "ledger" USING btree ("task_id","kind") WHERE "ledger"."kind" <> 'adjust';--> statement-breakpoint
CREATE INDEX "ledger_by_key" ON "ledger" USING btree ("key_id","id");--> statement-breakpoint
CREATE INDEX "tasks_due" ON "tasks" USING btree ("due_at") WHERE "tasks"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "tasks_queue" ON "tasks" USING btree ("queue_tag") WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX "tasks_by_key" ON "tasks" USING btree ("key_id","id");--> statement-breakpoint
CREATE INDEX "tasks_parts" ON "tasks" USING btree ("part_of") WHERE "tasks"."part_of" is not null;