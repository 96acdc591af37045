#!/bin/sh
# Makes the database and its two roles in a new PostgreSQL: the owner of the tables, who migrates, and the site, who
# owns nothing and so never passes row-level security. The postgres container runs this once; for a PostgreSQL of your
# own run it yourself, with PGHOST, PGUSER, PGPASSWORD, LAGOM_OWNER_PASSWORD and LAGOM_SITE_PASSWORD in the environment.
set -eu
PGUSER=${POSTGRES_USER:-${PGUSER:-postgres}} psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv owner_password LAGOM_OWNER_PASSWORD
\getenv site_password LAGOM_SITE_PASSWORD
CREATE ROLE lagom_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB PASSWORD :'owner_password';
CREATE ROLE lagom_site LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB PASSWORD :'site_password';
ALTER ROLE lagom_site SET lock_timeout = '3s';
ALTER ROLE lagom_site SET idle_in_transaction_session_timeout = '10min';
CREATE DATABASE lagom OWNER lagom_owner TEMPLATE template0
    ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE lagom FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE lagom TO lagom_site;
SQL
