DROP INDEX "deliveries_due";--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "lane" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "response_body" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "give_up_at" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "updated_at" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "pending" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "callback_secret" text;--> statement-breakpoint
CREATE INDEX "deliveries_by_endpoint" ON "deliveries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once" ON "deliveries" USING btree ("event_id","lane");--> statement-breakpoint
CREATE INDEX "endpoints_by_key" ON "endpoints" USING btree ("key_id","id");--> statement-breakpoint
CREATE INDEX "events_pending" ON "events" USING btree ("id") WHERE "events"."pending";--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("due_at","lane") WHERE "deliveries"."due_at" is not null;