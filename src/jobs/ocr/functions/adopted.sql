-- The two tables may hold what no door can say: another program writes them, and their types may be wider than ours. Here
-- is what is said of such a value. Functions of one expression, which the planner takes into the statement that calls them.

-- Not every number is one of a user: 0 counts a tenant as a whole, and numbers on the wire are exact up to 2^53 - 1. A
-- receipt of anybody else is none of the queue's. As a case, which no index serves: a walk along the users would be
-- taken for cheaper than the keys that are asked for.
create or replace function pantry_queue.is_user(id bigint) returns boolean language sql immutable parallel safe
return case when id between 1 and 9007199254740991 then true else false end;

-- NaN, infinity and what has more than 32 digits are no amounts of money.
create or replace function pantry_queue.said_amount(amount numeric) returns numeric language sql immutable parallel safe
return case when amount::text ~ '^-?[0-9]' and length(amount::text) <= 32 then amount end;

-- A share or a quantity, as JSON has numbers.
create or replace function pantry_queue.said_number(number numeric) returns double precision
language sql immutable parallel safe
return case when number between -1e15 and 1e15 then number::double precision end;

-- Days and times of the years that RFC 3339 can write.
create or replace function pantry_queue.said_day(day date) returns date language sql immutable parallel safe
return case when day between '0001-01-01' and '9999-12-31' then day end;
create or replace function pantry_queue.said_time(at timestamptz) returns timestamptz language sql immutable parallel safe
return case when at >= '0001-01-02 00:00+00'::timestamptz and at < '9999-12-31 00:00+00'::timestamptz then at end;
