@testable import Reconciler

extension StreamDirectory {
    /// Every stream that is live now, by name.
    func liveStreams() -> [(key: StreamKey, value: Entry)] {
        var window = PageWindow<StreamKey, Entry>(limit: 1_000_000)
        offer(&window) { _, _ in true }
        return window.page().members
    }
}
