CREATE TABLE "alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"target" text NOT NULL,
	"phase" text NOT NULL,
	"status" text NOT NULL,
	"tries" bigint DEFAULT 0 NOT NULL,
	"error" text,
	"due_at" bigint,
	"lease_until" bigint,
	"created_at" bigint NOT NULL,
	"sent_at" bigint
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"severity" text NOT NULL,
	"facts" jsonb NOT NULL,
	"opened_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	"closed_at" bigint
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_once" ON "alerts" USING btree ("incident_id","target","phase");--> statement-breakpoint
CREATE INDEX "alerts_due" ON "alerts" USING btree ("target","due_at") WHERE "alerts"."due_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "incidents_open" ON "incidents" USING btree ("kind","subject") WHERE "incidents"."closed_at" is null;