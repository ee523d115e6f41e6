"""The task of the replaced service, as far as the database sees it: pending, processing, completed."""

import ctypes.util
import os

find_library = ctypes.util.find_library
ctypes.util.find_library = lambda name: os.environ["LIBPQ"] if name == "pq" else find_library(name)

import psycopg  # noqa: E402


def process_receipt_ocr(receipt_id, image_path, user_id):
    with psycopg.connect(os.environ["OLD_DATABASE_URL"], autocommit=True) as connection:
        step = "update public.receipts set ocr_status = %s, merchant_name = %s where id = %s and user_id = %s"
        connection.execute(step, ["processing", None, receipt_id, user_id])
        connection.execute(step, ["completed", "Read by RQ", receipt_id, user_id])
    return {"receipt_id": receipt_id, "status": "completed", "image_path": image_path}
