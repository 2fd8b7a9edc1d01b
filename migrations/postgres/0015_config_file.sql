CREATE TABLE "managed" (
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"file" text NOT NULL,
	"line" bigint NOT NULL,
	CONSTRAINT "managed_kind_id_pk" PRIMARY KEY("kind","id")
);
