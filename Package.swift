// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Satchel",
    products: [.library(name: "Satchel", targets: ["Satchel"])],
    targets: [
        .target(name: "Satchel", path: "apps/ios/Sources/Satchel"),
        .testTarget(name: "SatchelTests", dependencies: ["Satchel"], path: "apps/ios/Tests/SatchelTests"),
    ]
)
