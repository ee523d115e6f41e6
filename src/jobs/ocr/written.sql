-- A trigger that leaves a row of the items as it is loses one, or leaves the old beside the new.
exists (select from receipt) and (
  select s.set_by ? 'items' or (
    (select count(*) from items) = jsonb_array_length($7::jsonb -> 'items')
    and (select count(*) from replaced) = (select count(*) from public.receipt_items i where i.receipt_id = s.receipt_id))
  from state s)
