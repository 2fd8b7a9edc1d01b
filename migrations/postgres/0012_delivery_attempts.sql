ALTER TABLE "deliveries" ADD COLUMN "attempts" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX "deliveries_undelivered" ON "deliveries" USING btree ("status","id") WHERE "deliveries"."status" <> 'delivered';--> statement-breakpoint
CREATE INDEX "ledger_adjusted" ON "ledger" USING btree ("task_id","id") WHERE "ledger"."kind" = 'adjust';