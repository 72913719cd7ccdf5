"""One settings file: the environment is read here, once. No setting changes a rule; rules that vary are rows."""

from pathlib import Path

import environ
from celery.schedules import crontab

from config.secrets import NAMES, from_environment, secrets_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# What this machine keeps for itself (database file, secrets, queues, mail files). Never committed.
VAR_DIR = Path(env.str("JAWAB_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
_secrets = secrets_of(VAR_DIR)

SECRET_KEY = _secrets["JAWAB_SECRET_KEY"]
# Tracking codes are stored only as HMAC under this key; losing it makes every code given out useless.
TRACKING_KEY = _secrets["JAWAB_TRACKING_KEY"]
KEYS_MADE_HERE = [name for name in NAMES if name not in from_environment()]
# Fixes the password of the demo's users, for tests; production refuses to start with it.
DEMO_PASSWORD = env.str("JAWAB_DEMO_PASSWORD", default="")

# "production" makes every weak setting fatal: see config/checks.py.
PRODUCTION = env.str("JAWAB_ENV", default="local") == "production"
DEBUG = env.bool("JAWAB_DEBUG", default=False)
ALLOWED_HOSTS = env.list("JAWAB_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
# The only source of links in what we send: never the request's Host header.
PUBLIC_BASE_URL = env.str("JAWAB_PUBLIC_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL] if PRODUCTION else []

INSTALLED_APPS = [
    # First, so that our admin can take theirs away (departments/admin/people.py).
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "engagement",
    "complaints",
    "messaging",
    "departments",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "config.second_factor.SecondFactor",
    "config.privacy.NothingStored",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
            ]
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'jawab.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction opens, so that read-then-write never fails half way;
    # synchronous=FULL because a reference that was given out must survive a power cut.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # A file, so that tests with several connections meet the same database.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    # Compiling a query costs more than any of ours gains by it: 70 ms of the 120 that counting what is open takes.
    _database["OPTIONS"] = {"options": "-c jit=off"}

# Counts of wrong guesses, which all processes share: in Redis, else in a table (config/migrations).
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    _shared = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
else:
    _shared = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "config_shared",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
CACHES = {"default": {**_shared, "KEY_PREFIX": "jawab"}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "departments.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"

# Signing in (config/signing_in.py, config/second_factor.py). No sign-up, no e-mail, no other site's accounts.
ACCOUNT_ADAPTER = "config.second_factor.Guard"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"reauthenticate": "config.sign_in_forms.ConfirmByPasswordForm"}
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",  # a whole office comes from one address at nine o'clock
    "login_failed": "30/m/ip,5/5m/key",  # the key is the account, or the account in a browser that it knows
}
MFA_ADAPTER = "config.second_factor.Locksmith"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "config.sign_in_forms.SecondFactorForm",
    "reauthenticate": "config.sign_in_forms.ConfirmByCodeForm",
    "authenticate_webauthn": "config.sign_in_forms.ShowPasskeyForm",
    "reauthenticate_webauthn": "config.sign_in_forms.ConfirmByPasskeyForm",
    "activate_totp": "config.sign_in_forms.AppForm",
    "add_webauthn": "config.sign_in_forms.PasskeyForm",
}
MFA_TOTP_ISSUER = "Jawab"
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds: clocks of telephones are not exact
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("JAWAB_BEHIND_PROXY", default=False) else 0

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ur", "اردو")]
LANGUAGE_COOKIE_AGE = 31_536_000  # seconds: a year
LANGUAGE_COOKIE_SECURE = PRODUCTION
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Asia/Karachi"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "staticfiles"
STATIC_ROOT.mkdir(mode=0o700, exist_ok=True)  # WhiteNoise looks for it at every start
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
_static = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # In production a file's name changes with its content, so that browsers keep it for ever.
    "staticfiles": {"BACKEND": _static if PRODUCTION else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines beside us, without https
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("JAWAB_BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# E-mail: real SMTP when JAWAB_EMAIL_URL says where (smtp+tls://user:password@host:587), else one file a message.
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
vars().update(env.email_url("JAWAB_EMAIL_URL", default="filemail:///"))
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("JAWAB_EMAIL_FROM", default="Jawab <jawab@localhost>")
# After a restore from backup nothing is sent until an operator has reviewed the outbox and removed this.
RELAY_HELD = env.bool("JAWAB_RESTORED", default=False)

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    _queue = VAR_DIR / "queue"
    for _folder in ("jobs", "control", "done"):
        (_queue / _folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "jobs"),
        "data_folder_out": str(_queue / "jobs"),
        "control_folder": str(_queue / "control"),
        "processed_folder": str(_queue / "done"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_throttle": 1,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# Celery is only the alarm clock: each task is one idempotent call that `manage.py` offers too.
CELERY_BEAT_SCHEDULE = {
    "sweep every minute": {"task": "complaints.sweep", "schedule": 60.0, "options": {"expires": 50}},
    "relay every five seconds": {"task": "messaging.relay", "schedule": 5.0, "options": {"expires": 4}},
    "count quarters every five minutes": {"task": "engagement.tally", "schedule": 300.0, "options": {"expires": 240}},
    "keep up every minute": {"task": "engagement.keep_up", "schedule": 60.0, "options": {"expires": 50}},
    "count again every night": {"task": "engagement.recount", "schedule": crontab(hour=21, minute=40)},  # UTC
    "freeze quarters every night": {"task": "engagement.freeze", "schedule": crontab(hour=20, minute=10)},  # UTC
    "draw call-backs every night": {"task": "engagement.draw_calls", "schedule": crontab(hour=20, minute=20)},  # UTC
    "pull receipts every ten seconds": {"task": "complaints.pull", "schedule": 10.0, "options": {"expires": 9}},
    "forget every ten minutes": {"task": "complaints.forget", "schedule": 600.0, "options": {"expires": 590}},
}
# To standard error. Refused addresses (4xx) are left out: they may hold what a citizen typed.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "WARNING"}},
    "root": {"handlers": ["console"]},
    "loggers": {"django.request": {"level": "ERROR"}},
}

# The API: JSON only, closed to all but officials in a post unless a view says otherwise.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "departments.api.callers.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["departments.api.callers.InPost"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["departments.api.reading.BoundedJSON"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "departments.api.answering.refusal",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": 1 if SECURE_PROXY_SSL_HEADER else 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jawab",
    "DESCRIPTION": "How departments answer citizens: queries, their duties and dates, and what may be done next.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "ChannelKind": "departments.channels.ChannelKind",
        "LetterKind": "complaints.models.letters.LetterKind",
        "DraftKind": "complaints.api.asking.DRAFT_KINDS",
        "NoteKind": "complaints.models.letters.Note.Kind",
        "EventKind": "complaints.chain.EventKind",
        "Outcome": "complaints.outcomes.Outcome",
        "StatedOutcome": "complaints.api.asking.OUTCOMES",
        "Stage": "departments.sops.Stage",
        "Position": "complaints.api.showing.POSITIONS",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "config.api.closed_bodies"],
}
