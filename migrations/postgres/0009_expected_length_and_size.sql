ALTER TABLE "keys" ADD COLUMN "duration_policy" text;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "duration_policy" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "expected_size" text;