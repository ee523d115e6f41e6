#!/bin/sh
# A tour with curl: upload, wait, ask, count. Any queue that runs:
#
#   PANTRY_QUEUE_URL=http://127.0.0.1:8000 sh examples/tour.sh assets/receipts/dm_18052020_03_00355.jpg
set -eu
url=${PANTRY_QUEUE_URL:-http://127.0.0.1:8000}
photo=${1:-assets/receipts/dm_18052020_03_00355.jpg}
call() { curl --fail-with-body --silent --show-error --max-time 60 "$@"; echo; }

echo "# Upload a photo. The key makes a repeated upload the same receipt."
call -H "Idempotency-Key: tour-$(cksum < "$photo" | cut -d' ' -f1)" -F "file=@$photo" "$url/receipts" > answer.json
cat answer.json
job=$(sed 's/.*"job_id":"\([^"]*\)".*/\1/' answer.json)
receipt=${job#ocr-}

echo "# Wait for it: one call instead of many."
call "$url/jobs/$job?wait_seconds=45"

echo "# Why it is where it is."
call "$url/jobs/$job/explain"

echo "# What was read."
call "$url/receipts/$receipt"

echo "# Ask for the same receipt again: the same job, nothing is read twice."
call -X POST -H 'Content-Type: application/json' -d "{\"receipt_id\": $receipt}" "$url/jobs"

echo "# Counts, exact."
call "$url/queue"

echo "# An error says what happened and what to do."
curl --silent "$url/jobs/ocr-999999999"
echo
rm -f answer.json
