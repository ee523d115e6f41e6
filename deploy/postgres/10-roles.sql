-- Run once by the image of PostgreSQL, on an empty volume: two databases of Temporal and one of the queue, each with its
-- own login. None of them is a superuser, and none may make roles or databases.
\set temporal_password `cat /run/secrets/temporal_database_password`
\set owner_password `cat /run/secrets/owner_database_password`
\set app_password `cat /run/secrets/app_database_password`

create role temporal login password :'temporal_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;

-- Owns the tables and changes them: `migrate` alone has it.
create role queue_owner login password :'owner_password';
-- Server and workers: rows, and never a table.
create role queue_app login password :'app_password';
create database queue owner queue_owner;

-- What docs/operations.md calls the roles of the database, made here so that no login needs the right to make roles.
create role pantry_queue_gate_queue nologin;
create role pantry_queue_request_queue nologin;
grant pantry_queue_gate_queue, pantry_queue_request_queue to queue_owner, queue_app;

revoke connect on database temporal, temporal_visibility, queue, postgres from public;
grant connect on database queue to queue_app;
