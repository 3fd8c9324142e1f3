// swift-tools-version: 6.2
import PackageDescription

// The target graph is the architecture (see ARCHITECTURE.md): arrows only point downward, and
// `scripts/check-layers` checks what the compiler cannot. No Swift package dependency, by design:
// C libraries come from the distribution and are wrapped in one safe Swift file each.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335: an existential is spelled
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: an import is private to its file's module
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444: no members through transitive imports
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461: async stays on the caller's actor
    .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
    .strictMemorySafety(),  // SE-0458: each C call spells `unsafe`
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: fixtures ? ["Fixtures"] : [], swiftSettings: settings)
}

let package = Package(
    name: "smreconcile",
    products: [.executable(name: "smreconcile", targets: ["smreconcile"])],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CGnuTLS", pkgConfig: "gnutls", providers: [.apt(["libgnutls28-dev"])]),
        .systemLibrary(name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),
        .systemLibrary(name: "CPosixSpawn"),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CHostFacts"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        library("Crypto", ["COpenSSL"]),
        library("Reconciler", ["CYAML", "Crypto"]),
        library("Storage", ["CSQLite", "Reconciler"]),
        library("Providers", ["CCurl", "CPosixSpawn", "Crypto", "Reconciler"]),
        library("Geography", ["CMaxMindDB", "Reconciler"]),
        library("APIServer", ["CEpoll", "CGnuTLS", "CMicroHTTPD", "Crypto", "Reconciler"]),
        library("Simulation", ["Providers", "Reconciler"]),
        .executableTarget(
            name: "smreconcile",
            dependencies: [
                "APIServer", "CHostFacts", "Crypto", "Geography", "Providers", "Reconciler", "Simulation", "Storage",
            ],
            swiftSettings: settings),

        .executableTarget(
            name: "Benchmarks", dependencies: ["Reconciler"], path: "Benchmarks", exclude: ["http"],
            swiftSettings: settings),

        tests("CryptoTests", ["Crypto"]),
        tests("ReconcilerTests", ["Reconciler"], fixtures: true),
        tests("StorageTests", ["Reconciler", "Storage"]),
        tests("ProvidersTests", ["Providers", "Reconciler"], fixtures: true),
        tests("GeographyTests", ["Geography", "Reconciler"], fixtures: true),
        tests("APIServerTests", ["APIServer", "Crypto", "Reconciler"]),
        tests("CommandTests", ["APIServer", "Providers", "Reconciler", "smreconcile"], fixtures: true),
        tests("SimulationTests", ["Providers", "Reconciler", "Simulation", "Storage"]),
        tests("EndToEndTests", ["Crypto", "Providers", "Reconciler"], fixtures: true),
    ]
)
