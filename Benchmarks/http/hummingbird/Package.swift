// swift-tools-version: 6.0
// A peer of the benchmark alone; nothing of the project depends on it.
import PackageDescription

let package = Package(
    name: "HummingbirdServer",
    platforms: [.macOS(.v14)],
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0")],
    targets: [
        .executableTarget(
            name: "HummingbirdServer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
