ALTER TABLE "ledger" ADD COLUMN "window_start" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "spend" ADD COLUMN "carried" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_in_doubt" ON "tasks" USING btree ("finished_at") WHERE "tasks"."error_code" = 'submit_outcome_unknown';