import Foundation
import Providers

@testable import smreconcile

extension CallbackDoorTests {
    /// What matters of an answer to nginx-rtmp.
    struct Reply: Equatable {
        var status: Int
        var location: String?

        init(_ status: Int, _ location: String? = nil) {
            self.status = status
            self.location = location
        }
    }

    /// Calls as nginx-rtmp does.
    func call(_ door: CallbackDoor, _ form: String, path: String = CallbackHandler.path) async throws -> Reply {
        // Longer than other tests may keep the shared pool busy.
        let request = HTTPRequest(
            "POST", "http://127.0.0.1:\(door.port)\(path)", body: Data(form.utf8), timeout: .seconds(120))
        let response = try await HTTPClient(handles: 1).send(request)
        return Reply(response.status, response.headers["location"])
    }
}
