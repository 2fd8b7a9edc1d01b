ALTER TABLE "tasks" ADD COLUMN "follow_up_at" bigint;--> statement-breakpoint
CREATE INDEX "tasks_followed" ON "tasks" USING btree ("follow_up_at") WHERE "tasks"."follow_up_at" is not null;