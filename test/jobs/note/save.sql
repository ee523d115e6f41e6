counted as (
  update pantry_queue.notes n set state = 'counted', words = ($7::jsonb ->> 'words')::int
  from saved s where n.id = s.subject
)
