"""Starts the real servers under the tests, and brings the cast on stage.

Tests never touch the servers that the environment names: they run their own PostgreSQL and Valkey under var/test/,
one folder per test process at a time, so that runs and workers beside each other do not meet. Settings are loaded
after the servers have started; pyproject.toml must therefore not name DJANGO_SETTINGS_MODULE. Pure folders alone start
nothing.

`db`            the test's rows are rolled back; what the site does runs as the site's role, never as the owner
`committed_db`  the test's rows are really committed, for tests with threads, workers or on_commit; then all is emptied
"""

import contextlib
import fcntl
import gc
import os
import shutil
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "test"
PURE_FOLDERS = ("engine", "planning", "finance", "ingest", "example")
PURE = [
    *(f"{top}forecasting/{name}" for top in ("", "tests/") for name in PURE_FOLDERS),
    "tests/known",
    *(f"tests/tenants/billing/test_{name}.py" for name in ("life", "periods", "vat")),
    "tests/test_architecture.py",
]
LONG = {  # each is half a minute or more: begun last, it would leave the other worker idle
    "tests/forecasting/planning/past/test_on_the_firm.py",
    "tests/forecasting/services/test_copies.py",
    "tests/portal/api/test_shop_year.py",
    "tests/test_access.py",
    "tests/test_api_access.py",
}
NOT_INHERITED = ("LAGOM_SERVED", "LAGOM_DEMO", "SECRET_KEY", "DEBUG", "SITE_ADDRESS", "ALLOWED_HOSTS", "EMAIL_BACKEND")
running = contextlib.ExitStack()


# ── Servers and settings ──


def pytest_configure(config):
    gc.set_threshold(50_000, 20, 20)  # a sixth of the processor's time went into the search for garbage
    if not config.pluginmanager.hasplugin("django") or only_pure(config) or hands_out(config):
        return
    from django.conf import settings

    if settings.configured:
        raise pytest.UsageError("the settings were loaded before the test servers: name no DJANGO_SETTINGS_MODULE")
    from portal import embedded, servers

    var = running.enter_context(own_folder())
    with pytest.MonkeyPatch.context() as patch:  # these rows need not outlive a crash; test_embedded's own servers must
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            patch.setitem(servers.POSTGRES_SETTINGS, name, "off")
        os.environ.update(running.enter_context(embedded.running(var)).environment())
    files = var / "files"
    shutil.rmtree(files, ignore_errors=True)
    for folder in (files, var / "static"):
        folder.mkdir(exist_ok=True)
    for name in NOT_INHERITED:
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="portal.settings", LAGOM_VAR=str(var), LAGOM_FILES=str(files), OMP_NUM_THREADS="1"
    )
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # loads the settings


def pytest_collection_finish():
    """Leave the half a million objects of what was imported out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    running.close()


def only_pure(config):
    """Tell whether all that was asked for needs neither Django nor a database."""
    asked = [Path(arg.partition("::")[0]).resolve() for arg in config.args]
    return all(any(path.is_relative_to(ROOT / pure) for pure in PURE) for path in asked)


def hands_out(config):
    """Tell whether this process runs no test itself, but hands them out to workers, each with servers of its own."""
    return bool(config.getoption("numprocesses", 0)) and not hasattr(config, "workerinput")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest: the running site, then what starts servers and workers, then long files."""
    items.sort(key=turn)


def turn(item):
    name = group(item.nodeid)
    if name == "browser" or item.get_closest_marker("stack"):
        return 0 if name == "browser" else 1
    return 2 if name in LONG else 3


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep a file's tests in one worker, for what they share is made once; all that share the running site too."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return ByFile(config, log)


def group(nodeid):
    """Name what must stay together: a file, or the tests that share the running site."""
    name = nodeid.partition("::")[0]
    return "browser" if name.startswith("tests/browser/") else name


@contextlib.contextmanager
def own_folder():
    """Take the first folder under var/test/ that no other test run holds."""
    for number in range(1, 100):
        folder = VAR / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "tests.lock").open("w") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
            return
    raise pytest.UsageError(f"99 test runs at once: is something wrong with {VAR}?")


# ── Databases ──


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Make and migrate the test database as the owner; "default" then reaches it as the site's role."""
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"owner", "default"})
        with connections["owner"].cursor() as cursor:  # as the embedded cluster does for the real one
            database = connections["owner"].ops.quote_name(connections["owner"].settings_dict["NAME"])
            site = connections["owner"].ops.quote_name(connections["default"].settings_dict["USER"])
            cursor.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            cursor.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {site}")
        connections["owner"].close()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        try:
            teardown_databases(made, verbosity=0)
        except Exception as error:  # somebody is still connected: the next run makes it anew
            warnings.warn(pytest.PytestWarning(f"the test database stays: {error}"), stacklevel=1)


@contextlib.contextmanager
def as_owner(*, autocommit):
    """Connect to the test database as the role that owns the tables."""
    import psycopg
    from django.db import connections

    connection = psycopg.connect(**connections["owner"].get_connection_params(), autocommit=autocommit)
    try:
        yield connection
    finally:
        if not autocommit:
            connection.rollback()
        connection.close()


@pytest.fixture
def owner(django_db_setup):
    """A cursor of the owner's role, whose transaction is rolled back after the test."""
    with as_owner(autocommit=False) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def committed_db(django_db_setup, django_db_blocker, empty_broker):
    """Let the test commit; whatever it leaves is emptied by the owner, for the site's role has no right to."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_tables()


@pytest.fixture(scope="module")
def emptied_after_module(django_db_setup, django_db_blocker):
    """Let all tests of a file commit, beside processes that go on from one to the next."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_tables()


@pytest.fixture(scope="module")
def shared_db(django_db_setup, django_db_blocker):
    """Let all tests of a file see rows that were made once, and take those back at its end; not beside `db`."""
    from django.db import connection, transaction

    with django_db_blocker.unblock():
        with transaction.atomic():
            yield
            connection.check_constraints()
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture
def taken_back(shared_db, empty_broker):
    """Take back what the test itself does to rows that a whole file shares."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def transactional_db(committed_db):
    """Stand in for pytest-django's fixture, whose TRUNCATE the site's role has no right to."""


def empty_tables():
    with as_owner(autocommit=True) as connection:
        rows = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
            "AND pg_relation_size(oid) > 0 "  # somebody wrote there; the owner sees no row to count
            "AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')"
        )
        written = [name for (name,) in rows]
        if written:
            with connection.transaction():
                connection.execute("ALTER TABLE tenants_auditentry DISABLE TRIGGER never_emptied")
                connection.execute(f"TRUNCATE {', '.join(written)} CASCADE")
                connection.execute("ALTER TABLE tenants_auditentry ENABLE TRIGGER never_emptied")


@pytest.fixture
def empty_broker():
    """Forget the queues and the cache (which counts sign-ins) of earlier tests."""
    import redis

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushall()


@pytest.fixture
def database(request):
    """Give what the test asked for: `committed_db` if it did, else `db`."""
    if "committed_db" not in request.fixturenames:
        request.getfixturevalue("empty_broker")
    return request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")


# ── The cast: Acme with its owner, planner and viewer; and Charlie, who owns a rival firm ──


@pytest.fixture
def alice(database):
    from tests.factories import UserFactory

    return UserFactory(email="alice@acme.example", name="Alice")


@pytest.fixture
def acme(alice):
    """The firm that the tests are about; Alice owns it."""
    from tests.factories import found

    return found("Acme", owner=alice)


@pytest.fixture
def bob(acme):
    """Acme's planner."""
    from tests.factories import member

    return member(acme, "planner", email="bob@acme.example", name="Bob")


@pytest.fixture
def victor(acme):
    """Acme's viewer."""
    from tests.factories import member

    return member(acme, "viewer", email="victor@acme.example", name="Victor")


@pytest.fixture
def ada(acme):
    """Acme's accountant."""
    from tests.factories import member

    return member(acme, "accountant", email="ada@acme.example", name="Ada")


@pytest.fixture
def charlie(database):
    """A stranger to Acme."""
    from tests.factories import UserFactory

    return UserFactory(email="charlie@rival.example", name="Charlie")


@pytest.fixture
def rival(charlie):
    """Charlie's firm."""
    from tests.factories import found

    return found("Rival", owner=charlie)


@pytest.fixture
def in_acme(acme):
    """Do the whole test inside Acme's scope; not for tests that also ask as somebody else."""
    from tenants.isolation import tenant_scope

    with tenant_scope(acme.pk):
        yield acme


@pytest.fixture
def client_for(database):
    """Give a browser in which the person is signed in; nobody is for None."""
    from django.test import Client

    def make(user=None, **options):
        client = Client(**options)
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
def outbox(settings):
    """Let letters go the way they go on a site; give the postman's round, at whose end they lie in `mail.outbox`."""
    from tenants.services import letters

    settings.LETTER_BACKEND, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tenants.outbox.EmailBackend"
    return letters.go_round
