"""All settings, in one file, every value from the environment: a safe default or a loud error."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()

# ── Where ──
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("LAGOM_VAR", str(BASE_DIR / "var")))
MEDIA_ROOT = Path(env.str("LAGOM_FILES", str(VAR_DIR / "files")))
EXAMPLE_PRODUCTS = env.int("EXAMPLE_PRODUCTS", default=400)  # the size of the demo's firm
EXAMPLE_YEARS = env.float("EXAMPLE_YEARS", default=2.5)

# ── Secrets and hosts ──
DEBUG = env.bool("DEBUG", default=False)
EMBEDDED = not env.str(
    "LAGOM_SERVED", ""
)  # docker-compose and other servers say LAGOM_SERVED=1: then secrets must be given


def secret_key() -> str:
    """Read SECRET_KEY, or for the embedded site keep one of its own under var/."""
    given = env.str("SECRET_KEY", "")
    if given:
        return given
    if not EMBEDDED:
        raise ImproperlyConfigured("SECRET_KEY is not set: give the site a long random text in the environment")
    from portal import embedded

    return embedded.secret(VAR_DIR / "secret_key")


SECRET_KEY = secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_ADDRESS = env.str("SITE_ADDRESS", "http://127.0.0.1:8000")
HTTPS = SITE_ADDRESS.startswith("https://")

# ── Apps ──
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "tenants",
    "forecasting",
    "portal",
]

MIDDLEWARE = [
    "portal.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.DatabaseGoneMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.sessions.SessionMiddleware",
    "portal.api.doorway.ApiMiddleware",
    "portal.middleware.OrganisationMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.house",
            ],
            "builtins": ["portal.templatetags.lagom"],
        },
    }
]

# ── Database: the site's role owns nothing; the owner's role migrates ──
DATABASE_OPTIONS = {
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
SITE_TIMEOUTS = "-c lock_timeout=3s -c idle_in_transaction_session_timeout=10min"
STATEMENT_TIMEOUT = env.str("STATEMENT_TIMEOUT", "15s")  # web; jobs move it for their own transactions
DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        **DATABASE_OPTIONS,
        "OPTIONS": {
            "prepare_threshold": None,
            "options": f"{SITE_TIMEOUTS} -c statement_timeout={STATEMENT_TIMEOUT}",
        },
        "TEST": {"MIRROR": "owner"},
    },
    "owner": {
        **env.db("DATABASE_OWNER_URL", default=env.str("DATABASE_URL")),
        "OPTIONS": {"prepare_threshold": None, "options": "-c lock_timeout=2s"},
    },
}

# ── Broker and jobs ──
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "lagom"}
}
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)
JOB_ATTEMPTS = 3
JOB_SWEEP_SECONDS = env.int("JOB_SWEEP_SECONDS", default=15)
PRELOAD = env.list("PRELOAD", default=[])  # modules that a worker imports once, before it forks

# ── People ──
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# A served site lets nobody in before the address is confirmed; the demo, whose letters go into files, does.
ACCOUNT_EMAIL_VERIFICATION = env.str("EMAIL_VERIFICATION", "optional" if EMBEDDED else "mandatory")
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # programs that look into mail follow links
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "portal.adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "portal.forms.SignupForm"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this one stays, all others end
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# The sixth wrong password for an account from one address of the network within 5 minutes waits, and the 201st from
# anywhere within an hour: more than one address can try, so that guessing from one keeps nobody else out.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key", "login_failed_anywhere": "200/h/key"}
MFA_ADAPTER = "portal.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION != "mandatory"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# How long a session may rest, and how long it may last at all, in seconds.
HOUR = 3600
SESSION_COOKIE_AGE = 30 * 24 * HOUR
SESSION_LIMITS = {"member": (14 * 24 * HOUR, SESSION_COOKIE_AGE), "manager": (HOUR, 12 * HOUR)}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Lagom: "

# ── E-mail ──
EMAIL_BACKEND = "tenants.outbox.EmailBackend"  # writes letters down; workers send them by the next
EMAIL_FILE_PATH = VAR_DIR / "letters"  # where those of the demo lie
LETTER_BACKEND = env.str(
    "EMAIL_BACKEND", f"django.core.mail.backends.{'filebased' if EMBEDDED else 'console'}.EmailBackend"
)
LETTER_TOLD = {"order": "forecasting.services.orders.letter_went"}  # who is told what became of a letter
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Lagom <lagom@localhost>")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)

# ── Money: who sells Lagom here, and how its bills are paid ──
SELLER_NAME = env.str("SELLER_NAME", "Lagom")
SELLER_ADDRESS = env.str("SELLER_ADDRESS", "", multiline=True)  # \\n begins a new line
SELLER_COUNTRY = env.str("SELLER_COUNTRY", "DE")
SELLER_VAT_ID = env.str("SELLER_VAT_ID", "")
SELLER_EMAIL = env.str("SELLER_EMAIL", "")
SELLER_IBAN = env.str("SELLER_IBAN", "")
SELLER_BIC = env.str("SELLER_BIC", "")
INVOICE_PREFIX = env.str("INVOICE_PREFIX", "L")
# Stripe is hidden without both keys. docs/billing.md tells how to set it up.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")  # another address of its API: a proxy's, or that of stripe-mock
STRIPE_PAYMENT_METHODS = env.list("STRIPE_PAYMENT_METHODS", default=[])

# ── Languages and time ──
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# ── Files ──
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", default=EMBEDDED)
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES", default=512 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# ── Security ──
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "lagom_sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "lagom_csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # whose X-Forwarded-For says where a request comes from
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# ── API ──
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.keys.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "portal.api.schema.Described",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "EXCEPTION_HANDLER": "portal.api.problems.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lagom",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["portal.api.schema.completed"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
}
FORECAST_WAIT_SECONDS = env.float("FORECAST_WAIT_SECONDS", default=25.0)  # for which POST /forecast waits for a worker
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)  # for trying webhooks on one's own machine

# ── Log ──
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "portal.logs.RequestFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s%(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    # Its lower levels write what was sent and answered: names, addresses, links to pay.
    "loggers": {"stripe": {"level": "WARNING"}},
}
SITE_NAME = _("Lagom")
