DROP INDEX "tasks_waiting";--> statement-breakpoint
DROP INDEX "tasks_in_doubt";--> statement-breakpoint
ALTER TABLE "channels" ADD COLUMN "probe_at" bigint;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "deaths" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_waiting_by_key" ON "tasks" USING btree ("key_id","queue_tag") WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX "tasks_overdue" ON "tasks" USING btree ("deadline_at") WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX "tasks_called_off" ON "tasks" USING btree ("id") WHERE "tasks"."queue_tag" is not null and "tasks"."cancel_requested";--> statement-breakpoint
CREATE INDEX "tasks_made" ON "tasks" USING btree ("key_id","fingerprint") WHERE "tasks"."status" = 'completed' and "tasks"."seed" is not null;--> statement-breakpoint
CREATE INDEX "tasks_waiting" ON "tasks" USING btree ("model","queue_tag","id") WHERE "tasks"."queue_tag" is not null;--> statement-breakpoint
CREATE INDEX "tasks_in_doubt" ON "tasks" USING btree ("finished_at") WHERE "tasks"."error_code" in ('submit_outcome_unknown', 'internal_quarantined');--> statement-breakpoint
UPDATE "assets" SET "due_at" = (SELECT "expires_at" FROM "tasks" WHERE "tasks"."id" = "assets"."task_id") WHERE "state" = 'kept' AND "due_at" IS NULL;
