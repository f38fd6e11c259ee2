import Essentials
import Glibc
import PythonPackages
import SystemPackage
import TestSupport
import Testing

/// The solver against uv, over the index that the machine's pip uses. More sets than `make test` takes are asked for by
/// HARDTACK_UV_SETS.
@Suite struct UvComparisonTests {
  static let sets: [[String]] = [
    ["django>=5.2,<5.3", "celery[redis]>=5.4", "gunicorn", "requests", "psycopg[binary]"],
    ["django<5", "djangorestframework", "django-filter", "celery<5.4", "whitenoise"],
    ["flask", "sqlalchemy<2", "alembic"],
    ["fastapi[standard]", "uvicorn", "httpx[http2]"],
    ["requests[socks]==2.31.0", "urllib3<2", "cryptography"],
    ["pandas<2.2", "numpy<2", "matplotlib"],
    ["boto3<1.35", "s3transfer"],
    ["jupyterlab<4.3", "ipython<8.20"],
    ["apache-airflow-providers-common-sql<1.15", "black==24.1a1"],
    ["sentry-sdk[django,celery]", "opentelemetry-instrumentation-django"],
    ["channels[daphne]", "channels-redis", "django-storages[s3]"],
    ["pytest<8", "pytest-django", "factory-boy", "mypy", "ruff"],
  ]

  /// What the index answered, for all sets.
  private static let cache = Result { try TemporaryFolder() }

  @Test(arguments: sets + UvSets.drawn) func `the wheels are those that uv picks`(requirements: [String])
    async throws
  {
    let folder = try Self.cache.get()
    let uv = try await PythonTools.program("uv")
    let python = try await PythonTools.program("python")
    let url = try await PipIndex.url()
    let compiled = try await Command(
      uv,
      [
        "pip", "compile", "--quiet", "--only-binary", ":all:", "--python-version", "3.11.2", "--python",
        python, "--python-platform", "x86_64-manylinux_2_36", "--no-header", "--no-annotate", "--no-config",
        "--default-index", url, "-",
      ],
      input: Array(requirements.joined(separator: "\n").utf8)
    ).run()
    let request = ResolutionRequest(
      requirements: try requirements.map { RequestedRequirement(try Requirement(parsing: $0)) },
      environment: MarkerTests.target)
    let index = PipIndex(cache: folder.path.string, url: url)
    guard compiled.status == 0 else {
      // What uv refuses has no solution.
      let refusal = await #expect(throws: Diagnostic.self, "uv: \(compiled.errorText)") {
        try await PythonResolver.resolve(request, index: index)
      }
      #expect(refusal?.category == .noSolution)
      return
    }
    let expected = compiled.outputText.split(separator: "\n").map(String.init)
    let resolution = try await PythonResolver.resolve(request, index: index)
    let found = resolution.wheels.map { "\($0.name)==\($0.version)" }
    let wanted = expected.map { line in
      String(line.filter { $0 != " " }.prefix { $0 != "[" }) + String(line.drop { $0 != "]" }.dropFirst())
    }
    #expect(Set(found).symmetricDifference(wanted).sorted() == [], "found against uv")
    #expect(resolution.wheels.allSatisfy { $0.file.sha256 != nil && $0.file.size != nil })
  }
}
