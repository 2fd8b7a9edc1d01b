CREATE TABLE "request_images" (
	"task_id" text NOT NULL,
	"image" bigint NOT NULL,
	"piece" bigint NOT NULL,
	"text" text NOT NULL,
	CONSTRAINT "request_images_task_id_image_piece_pk" PRIMARY KEY("task_id","image","piece")
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "image_pieces" jsonb;