import AVFoundation
import Satchel
import SwiftUI

/// Classifies what the camera sees, one frame after the other.
struct CameraScreen: View {
    @Environment(Store.self) private var store
    @State private var predictions: [Prediction] = []
    @State private var problem: String?
    @State private var camera = Camera()

    var body: some View {
        VStack {
            Answers(predictions: predictions)
            Problem(line: problem ?? store.problems.first)
        }
        .task {
            do {
                for await frame in try await camera.frames() {
                    guard let objects = store.objects else { continue }
                    predictions = try await objects.classify(frame.get(), top: 3)
                }
            } catch is CancellationError {
                // The screen is left.
            } catch { problem = "\(error)" }
        }
        .onDisappear { camera.stop() }
    }
}

/// The camera at the back, whose frames come as images. Frames that nobody waits for are dropped.
final class Camera: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
    private let session = AVCaptureSession()
    private let queue = DispatchQueue(label: "satchel.camera")
    private var continuation: AsyncStream<Result<DecodedImage, any Error>>.Continuation?

    /// Starts the camera and returns its frames.
    func frames() async throws -> AsyncStream<Result<DecodedImage, any Error>> {
        guard await AVCaptureDevice.requestAccess(for: .video),
            let device = AVCaptureDevice.default(for: .video)
        else {
            throw SatchelError.input(
                expected: "a camera", got: "none", remedy: "allow the camera in Settings")
        }
        let input = try AVCaptureDeviceInput(device: device)
        let output = AVCaptureVideoDataOutput()
        output.alwaysDiscardsLateVideoFrames = true
        output.setSampleBufferDelegate(self, queue: queue)
        session.beginConfiguration()
        if session.inputs.isEmpty && session.canAddInput(input) { session.addInput(input) }
        if session.outputs.isEmpty && session.canAddOutput(output) { session.addOutput(output) }
        session.commitConfiguration()
        let (stream, continuation) = AsyncStream.makeStream(
            of: Result<DecodedImage, any Error>.self, bufferingPolicy: .bufferingNewest(1))
        queue.async { [self] in
            self.continuation = continuation
            session.startRunning()
        }
        return stream
    }

    func stop() {
        queue.async { [self] in
            session.stopRunning()
            continuation?.finish()
        }
    }

    func captureOutput(
        _ output: AVCaptureOutput,
        didOutput buffer: CMSampleBuffer,
        from connection: AVCaptureConnection
    ) {
        guard let pixels = CMSampleBufferGetImageBuffer(buffer) else { return }
        // The sensor lies on its side when the phone is upright.
        continuation?.yield(Result { try DecodedImage(pixels, orientation: 6) })
    }
}
