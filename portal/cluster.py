"""The data of the embedded PostgreSQL: made at the first start, with the database `lagom` and its two roles."""

import shutil
import signal
from pathlib import Path

from psycopg import sql

from portal.servers import (
    PATIENCE,
    EmbeddedError,
    Place,
    connect,
    launch,
    log_file,
    own,
    postgres_binary,
    tail,
    write_private,
)

VERSION = "18"


def prepare_data(place: Place) -> None:
    """Make the data folders at the first start, and refuse those of another PostgreSQL."""
    own(place.var / "valkey", place.user)
    folder = place.var / "postgres"
    data, new = folder / "data", folder / "new"
    if not data.exists():
        shutil.rmtree(new, ignore_errors=True)  # an initdb that was killed
        new.mkdir(mode=0o700)
        own(new, place.user)
        initialise(place, new)
        new.rename(data)
    own(data, place.user)
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != VERSION:
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {made_by}, this is {VERSION}: dump it there and load it here."
        )
    # We hold the lock that every server of ours inherits, so no server is alive and a pid file is a dead one's; its
    # number may belong to another program by now, and PostgreSQL would then refuse to start.
    (data / "postmaster.pid").unlink(missing_ok=True)


def initialise(place: Place, data: Path) -> None:
    """Run initdb: passwords always asked for, texts ordered by code point whatever the machine's locale."""
    word = data.parent / "word"
    write_private(word, place.passwords["postgres"])
    own(word, place.user)
    options = ["--username=postgres", f"--pwfile={word}", "--auth=scram-sha-256", "--no-instructions"]
    texts = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    program = [str(postgres_binary("initdb")), f"--pgdata={data}", *options, *texts]
    try:
        with log_file(place.var, "postgres") as log:
            process = launch(place, program, data.parent, signal.SIGTERM, log)
            if process.wait(PATIENCE) != 0:
                raise EmbeddedError(f"PostgreSQL could not make its data folder:\n{tail(place.var, 'postgres')}")
    finally:
        word.unlink()


def prepare_roles(place: Place, port: int) -> None:
    """Make the database and its two roles as they must be; safe to repeat, so every start does."""
    with connect(place, port) as connection, connection.cursor() as cursor:
        for role, rights in (("lagom_owner", "CREATEDB"), ("lagom_site", "NOCREATEDB")):
            hashed = connection.pgconn.encrypt_password(
                place.passwords[role].encode(), role.encode(), b"scram-sha-256"
            ).decode()
            if not cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            statement = "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION {} PASSWORD {}"
            cursor.execute(sql.SQL(statement).format(sql.Identifier(role), sql.SQL(rights), sql.Literal(hashed)))
        cursor.execute("ALTER ROLE lagom_site SET lock_timeout = '3s'")
        cursor.execute("ALTER ROLE lagom_site SET idle_in_transaction_session_timeout = '10min'")
        if not cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'lagom'").fetchone():
            cursor.execute("CREATE DATABASE lagom OWNER lagom_owner")
        cursor.execute("REVOKE ALL ON DATABASE lagom FROM PUBLIC")
        cursor.execute("GRANT CONNECT, TEMPORARY ON DATABASE lagom TO lagom_site")
