// The sample application of Satchel for iOS. It is not built where Satchel is developed, which is
// Linux: parsed there alone. apps/ios/xcodebuild.yml builds it on macOS.
import Satchel
import SwiftUI

@main
struct SampleApp: App {
    @State private var store = Store()

    var body: some Scene {
        WindowGroup {
            TabView {
                DrawScreen().tabItem { Label("Draw", systemImage: "pencil") }
                CameraScreen().tabItem { Label("Camera", systemImage: "camera") }
                ReviewScreen().tabItem { Label("Text", systemImage: "text.bubble") }
                EvaluateScreen().tabItem { Label("Evaluate", systemImage: "checklist") }
                SelfTestScreen().tabItem { Label("Self-test", systemImage: "checkmark.seal") }
            }
            .environment(store)
            .task { await store.open() }
        }
    }
}
