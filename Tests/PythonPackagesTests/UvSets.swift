import Glibc

/// Requirements as Django teams write them, drawn at random, but the same on every run.
enum UvSets {
  /// As many as HARDTACK_UV_SETS says.
  static let drawn: [[String]] = {
    let count = getenv("HARDTACK_UV_SETS").flatMap { Int(String(cString: $0)) } ?? 0
    return (0..<count).map { number in
      var random = SeededGenerator(seed: UInt64(number) &+ 100)
      var set: Set<String> = []
      for _ in 0..<Int.random(in: 2...7, using: &random) { set.insert(random.pick(pool)) }
      // One of each project: two would mostly contradict each other.
      var projects: Set<Substring> = []
      return set.sorted().filter { text in
        projects.insert(text.prefix { !"[<>=~!".contains($0) }).inserted
      }
    }
  }()

  private static let pool = """
    django django>=4.2,<5 django>=5.2,<5.3 django<4 djangorestframework djangorestframework<3.15 django-filter
    django-cors-headers django-environ django-debug-toolbar<5 django-allauth django-allauth[socialaccount] django-redis
    django-storages[s3] django-storages[azure] django-celery-beat django-celery-results django-extensions django-import-export
    django-crispy-forms django-guardian django-simple-history django-ninja drf-spectacular djangorestframework-simplejwt
    channels[daphne] channels-redis celery celery[redis]>=5.3 celery<5.4 kombu<5.4 redis redis<5 redis[hiredis] gunicorn
    gunicorn[gevent] uvicorn[standard] whitenoise whitenoise[brotli] psycopg[binary] psycopg[binary,pool]>=3.1
    psycopg2-binary mysqlclient<2.3 requests requests[socks]==2.31.0 urllib3<2 httpx[http2] aiohttp boto3 boto3<1.35 botocore
    s3transfer pillow pillow<11 reportlab weasyprint openpyxl xlsxwriter lxml beautifulsoup4[lxml] pandas pandas<2.2 numpy
    numpy<2 scipy matplotlib scikit-learn pydantic pydantic<2 pydantic-settings marshmallow<4 attrs jinja2 markdown bleach
    sentry-sdk[django] sentry-sdk[django,celery]<2 opentelemetry-instrumentation-django opentelemetry-sdk<1.30 structlog
    python-json-logger cryptography cryptography<43 pyjwt[crypto] python-jose[cryptography] passlib[bcrypt] argon2-cffi
    paramiko fabric pyyaml python-dotenv click click<8.2 typer rich tqdm pytest pytest<8 pytest-django pytest-cov
    pytest-xdist[psutil] factory-boy faker hypothesis coverage[toml] mypy django-stubs ruff black black<24 isort flake8<7
    ipython ipython<8.20 jupyterlab<4.3 flask sqlalchemy sqlalchemy<2 alembic fastapi[standard] stripe twilio sendgrid
    google-cloud-storage google-api-python-client<2.150 azure-storage-blob grpcio protobuf<5 elasticsearch<9 pymongo tenacity
    phonenumbers arrow python-dateutil pytz babel polib zstandard orjson msgpack websockets<14 daphne twisted[tls]
    """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
}
