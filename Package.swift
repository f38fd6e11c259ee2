// swift-tools-version: 6.2
import PackageDescription

// The targets stand in the order of the flow, leaves first. Four edges must not exist, and
// `make lint` checks them from the imports: Baking to Transfer; DebianPackages, PythonPackages and
// Lockfiles to anything but Essentials; and anything but the command line to Cutover.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func target(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies + [systemPackage], resources: resources,
    swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport", systemPackage], exclude: exclude,
    swiftSettings: settings)
}

let package = Package(
  name: "hardtack",
  products: [
    .executable(name: "hardtack", targets: ["hardtack"]),
    .executable(name: "hardtack-relay", targets: ["hardtack-relay"]),
    // Of use to tests only; the one way to have a library for LD_PRELOAD built.
    .library(name: "KillPoint", type: .dynamic, targets: ["KillPoint"]),
    .library(name: "ClockJump", type: .dynamic, targets: ["ClockJump"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

    .target(name: "CSandbox"),

    target(
      "Essentials",
      ["CLinux", "CArchive", "COpenSSL", .product(name: "Subprocess", package: "swift-subprocess")]),
    target("Storage", ["CLinux", "Essentials"]),
    target("Transfer", ["CCurl", "Essentials", "Storage"]),
    target("DebianPackages", ["Essentials"]),
    target("PythonPackages", ["Essentials"]),
    target("Images", ["COpenSSL", "Essentials", "Storage"]),
    target("Registry", ["Essentials", "Storage", "Transfer", "Images"]),
    target("Recipes", ["CYAML", "Essentials", "DebianPackages", "PythonPackages", "Images"]),
    target("Lockfiles", ["Essentials"]),
    target(
      "Locking",
      [
        "Essentials", "Storage", "Transfer", "DebianPackages", "PythonPackages", "Recipes",
        "Lockfiles",
      ]),
    target(
      "Serving",
      [
        "CZlib", "Essentials", "Storage", "DebianPackages", "PythonPackages", "Images", "Lockfiles",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    target(
      "Baking",
      [
        "CLinux", "CArchive", "CSandbox", "CZlib", "Essentials", "Storage", "DebianPackages",
        "PythonPackages",
        "Recipes",
        "Lockfiles", "Images",
      ]),
    target("Pools", ["CLinux", "Essentials", "Storage", "Images"]),
    // The stand-in for an application that rehearsals of a swap run is part of the program.
    target(
      "Cutover", ["CLinux", "Essentials", "Storage", "Images", "Recipes", "Pools"],
      resources: [.embedInCode("Rehearsal/stand_in.py")]),
    .executableTarget(
      name: "hardtack",
      dependencies: [
        "Essentials", "Storage", "Transfer", "DebianPackages", "PythonPackages", "Recipes",
        "Lockfiles", "Locking", "Images", "Registry", "Serving", "Baking", "Pools", "Cutover", systemPackage,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // A guest's way to a service of the host's: started for each connection, so it's plain C.
    // Without the Swift runtime, which nothing in it calls and which takes longer to load than all else.
    .executableTarget(
      name: "hardtack-relay", path: "Sources/Relay",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
      linkerSettings: [.unsafeFlags(["-static-stdlib", "-nostartfiles"])]),

    .target(
      name: "TestSupport", dependencies: ["CLinux", "Essentials", systemPackage], path: "Tests/TestSupport",
      exclude: ["archive_server.py"], swiftSettings: settings),
    .executableTarget(
      name: "StoreWorker", dependencies: ["Essentials", "Storage", systemPackage],
      path: "Tests/Support/StoreWorker", swiftSettings: settings),
    .target(
      name: "KillPoint", path: "Tests/Support/KillPoint",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(
      name: "ClockJump", path: "Tests/Support/ClockJump",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .executableTarget(
      name: "FetchBenchmark", dependencies: ["Essentials", "Storage", "Transfer", systemPackage],
      path: "Benchmarks/FetchBenchmark", swiftSettings: settings),
    tests("EssentialsTests", ["Essentials"]),
    tests("StorageTests", ["Essentials", "Storage", "StoreWorker"]),
    tests("TransferTests", ["Essentials", "Storage", "Transfer"], exclude: ["hostile_server.py"]),
    tests("DebianPackagesTests", ["Essentials", "DebianPackages"]),
    tests("PythonPackagesTests", ["Essentials", "PythonPackages"]),
    tests("RecipesTests", ["Essentials", "DebianPackages", "PythonPackages", "Images", "Recipes"]),
    tests("LockfilesTests", ["Essentials", "Lockfiles"]),
    tests(
      "LockingTests",
      [
        "Essentials", "Storage", "Transfer", "DebianPackages", "PythonPackages", "Recipes", "Lockfiles",
        "Locking",
      ]),
    tests(
      "ServingTests", ["Essentials", "Storage", "Serving"]),
    tests(
      "RegistryTests", ["Essentials", "Storage", "Transfer", "Images", "Registry"],
      exclude: ["faulty_proxy.py", "token_server.py"]),
    tests("ImagesTests", ["Essentials", "Storage", "Images"]),
    tests(
      "BakingTests",
      [
        "Essentials", "Storage", "DebianPackages", "PythonPackages", "Recipes", "Lockfiles", "Images",
        "Baking",
      ], exclude: ["Oracles"]),
    tests(
      "PoolsTests",
      ["CLinux", "Essentials", "Storage", "Images", "Pools", "hardtack", "hardtack-relay"]),
    tests(
      "CutoverTests", ["Essentials", "Storage", "Images", "Recipes", "Pools", "Cutover", "hardtack"],
      exclude: [
        "application_server.py", "counted_writer.py", "named_server.py", "queue_probe.py", "queue_swap.py",
      ]),
    tests("CommandLineTests", ["Essentials", "Storage", "Images", "hardtack"]),
    tests("IntegrationTests", ["CLinux", "Essentials", "hardtack"]),
  ]
)

// `make fuzz` alone builds this, with every target instrumented: libFuzzer has a main function of its own.
if Context.environment["HARDTACK_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "hardtack-fuzz",
      dependencies: ["Essentials", "DebianPackages", "PythonPackages", "Lockfiles", systemPackage],
      path: "Tests/Fuzz", exclude: ["corpus"],
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
