// swift-tools-version: 6.0
// The Swift package of Satchel; its sources lie in apps/ios. docs/guides/ios.md says how to use it.
import PackageDescription

var products: [Product] = [
    .library(name: "Satchel", targets: ["Satchel"]),
    .library(name: "SatchelONNX", targets: ["SatchelONNX"]),
]
var targets: [Target] = [
    .target(name: "Satchel", path: "apps/ios/Sources/Satchel")
]
var tested: [Target.Dependency] = ["Satchel", "SatchelONNX"]
var dependencies: [Package.Dependency] = []
var onnxRuntime: [Target.Dependency] = []

#if os(macOS)
    // The engine's own package for Apple's systems. Where Linux builds, nothing is downloaded: the
    // engines' shared libraries are opened when the application asks for them.
    dependencies.append(
        .package(
            url: "https://github.com/microsoft/onnxruntime-swift-package-manager", from: "1.20.0"))
    onnxRuntime.append(
        .product(name: "onnxruntime", package: "onnxruntime-swift-package-manager"))
#else
    products += [
        .library(name: "SatchelLiteRT", targets: ["SatchelLiteRT"]),
        .executable(name: "satchel-swift", targets: ["satchel-swift"]),
    ]
    targets += [
        .target(
            name: "CLiteRT", path: "apps/ios/Sources/CLiteRT",
            linkerSettings: [.linkedLibrary("dl")]),
        .target(
            name: "SatchelLiteRT", dependencies: ["Satchel", "CLiteRT"],
            path: "apps/ios/Sources/SatchelLiteRT"),
        .target(
            name: "CImageFiles", path: "apps/ios/Sources/CImageFiles",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        .target(
            name: "SatchelImageFiles", dependencies: ["Satchel", "CImageFiles"],
            path: "apps/ios/Sources/SatchelImageFiles"),
        .executableTarget(
            name: "satchel-swift",
            dependencies: ["Satchel", "SatchelONNX", "SatchelLiteRT", "SatchelImageFiles"],
            path: "apps/ios/Sources/satchel-swift"),
    ]
    tested += ["SatchelLiteRT", "SatchelImageFiles"]
#endif

targets += [
    .target(
        name: "COnnxRuntime", dependencies: onnxRuntime, path: "apps/ios/Sources/COnnxRuntime"),
    .target(
        name: "SatchelONNX", dependencies: ["Satchel", "COnnxRuntime"],
        path: "apps/ios/Sources/SatchelONNX"),
    .testTarget(
        name: "SatchelTests", dependencies: tested, path: "apps/ios/Tests/SatchelTests"),
]

let package = Package(
    name: "Satchel",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: products,
    dependencies: dependencies,
    targets: targets,
    swiftLanguageModes: [.v6]
)
