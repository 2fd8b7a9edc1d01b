CREATE TABLE "request_files" (
	"task_id" text NOT NULL,
	"file" bigint NOT NULL,
	"piece" bigint NOT NULL,
	"text" text NOT NULL,
	CONSTRAINT "request_files_task_id_file_piece_pk" PRIMARY KEY("task_id","file","piece")
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "file_pieces" jsonb;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "callback_front" text;