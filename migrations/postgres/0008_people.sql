CREATE TABLE "audit" (
	"id" text PRIMARY KEY NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"actor_name" text,
	"via" text NOT NULL,
	"ip" text,
	"action" text NOT NULL,
	"target_type" text NOT NULL,
	"target_id" text,
	"target_name" text,
	"before" jsonb,
	"after" jsonb,
	"request_id" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"user_id" text,
	"key_id" text,
	"key_hash" text,
	"ip" text,
	"agent" text,
	"created_at" bigint NOT NULL,
	"last_seen_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "sessions_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "sessions_whose" CHECK (("sessions"."user_id" is null) <> ("sessions"."key_id" is null))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"login" text,
	"email" text,
	"role" text NOT NULL,
	"password" text,
	"invite_hash" text,
	"invite_expires_at" bigint,
	"subject" text,
	"disabled" boolean DEFAULT false NOT NULL,
	"last_seen_at" bigint,
	"created_at" bigint NOT NULL,
	"deleted_at" bigint
);
--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "scopes" jsonb;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "user_id" text;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "old_hash" text;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "old_callback_secret" text;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "old_expires_at" bigint;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "old_last_used_at" bigint;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "last_used_ip" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_by_actor" ON "audit" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_by_actor_name" ON "audit" USING btree ("actor_name","id");--> statement-breakpoint
CREATE INDEX "audit_by_action" ON "audit" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX "audit_by_type" ON "audit" USING btree ("target_type","id");--> statement-breakpoint
CREATE INDEX "audit_by_target" ON "audit" USING btree ("target_id","id");--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_login" ON "users" USING btree ("login") WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email") WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_subject" ON "users" USING btree ("subject") WHERE "users"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_invite" ON "users" USING btree ("invite_hash");--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "keys_old_hash" ON "keys" USING btree ("old_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "keys_of_user" ON "keys" USING btree ("user_id");--> statement-breakpoint
-- As with the ledger: entries are only ever added.
CREATE FUNCTION "audit_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$;--> statement-breakpoint
CREATE TRIGGER "audit_no_change" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_append_only"();--> statement-breakpoint
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();
