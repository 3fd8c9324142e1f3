import Reconciler

@testable import APIServer

/// Holds work back until it is opened, and says when some work is there.
actor Gate {
    private var isOpen = false
    private var hasEntered = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        hasEntered = true
        for watcher in watchers { watcher.resume() }
        watchers = []
        if isOpen { return }
        await withCheckedContinuation { held.append($0) }
    }

    func waitUntilEntered() async {
        if hasEntered { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        isOpen = true
        for one in held { one.resume() }
        held = []
    }
}

/// A handler whose every answer waits for a gate.
struct SlowHandler: HTTPHandler {
    let gate: Gate

    func bodyLimit(for request: HTTPRequest) -> Int { 1024 }
    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse { problem.response(to: request) }
    func requestID(for headers: borrowing HTTPHeaders) -> String { "slow" }
    func begin(_ request: HTTPRequest) -> HTTPAnswer {
        .later {
            await gate.enter()
            return .text("slow")
        }
    }
}
