internal import Crypto

extension WebhookDesk {
    /// A receiver that failed so often in a row is worth an event; one that was restarted is not.
    private static let failuresTold = 3
    /// A loss that goes on is told this often.
    private static let lossPause: Duration = .seconds(60)

    /// Sends what waits for one webhook, until cancelled.
    func work(_ name: String, _ waker: Waker) async {
        for await _ in waker.calls {
            while !Task.isCancelled, let pause = await step(name) {
                guard pause > .zero else { continue }
                // Cancelled: the loop ends.
                try? await time.sleep(for: min(pause, Self.nap))
            }
        }
        // What was delivered last is not delivered again by the next process.
        try? await save(name)
    }

    /// Tells the store what was done.
    private func save(_ name: String) async throws(StoreFailure) {
        guard let unsaved = hooks[name]?.unsaved else { return }
        try await store.commit(unsaved)
        // A test may have added to it meanwhile.
        if hooks[name]?.unsaved == unsaved { hooks[name]?.unsaved = nil }
    }

    /// One thing for one webhook. How long to wait before the next; nil: until it is woken.
    private func step(_ name: String) async -> Duration? {
        do throws(StoreFailure) {
            try await save(name)
            guard let hook = hooks[name] else { return nil }
            let now = time.now()
            if hook.isGone {
                let rest = try await store.deliveries(of: name, limit: Self.page)
                if rest.isEmpty { return nil }
                try await drop(rest, of: name, .gone, at: now)
                return .zero
            }
            let excess = hook.waiting - hook.spec.maxBacklog
            if excess > 0 {
                let oldest = try await store.deliveries(of: name, limit: min(excess, Self.page))
                try await drop(oldest, of: name, .backlog, at: now)
                return .zero
            }
            guard let head = try await store.deliveries(of: name, limit: 1).first else { return nil }
            if now - head.at > hook.spec.maxAge {
                let page = try await store.deliveries(of: name, limit: Self.page)
                try await drop(Array(page.prefix { now - $0.at > hook.spec.maxAge }), of: name, .age, at: now)
                return .zero
            }
            // Longer than the longest: the clock was set back.
            if let at = hook.standing.retryAt, case let wait = at - now, wait > .zero,
                wait <= WebhookVerdict.longestRetryAfter
            {
                return wait
            }
            return try await attempt(head, hook.spec)
        } catch {
            return Self.storePause
        }
    }

    // MARK: - Attempts

    private func attempt(_ delivery: WebhookDelivery, _ spec: WebhookSpec) async throws(StoreFailure) -> Duration {
        let answer = await ask(spec, id: identifier(of: delivery.event), body: delivery.body)
        // The end of the process, or of the webhook, is no failure of the receiver.
        if Task.isCancelled, case .failed = answer { return .zero }
        guard var standing = hooks[spec.name]?.standing else { return .zero }
        let now = time.now()
        let wasTold = standing.attempts >= Self.failuresTold
        var change = WebhookChange()
        var event: Event?
        let verdict = WebhookVerdict(answer, at: now)
        switch verdict {
        case .delivered, .refused, .gone:
            change.removedThrough[spec.name] = delivery.event
            standing.attempts = 0
            standing.retryAt = nil
            standing.failingSince = nil
            standing.wasRefused = verdict == .refused ? true : nil
        case .retry(let asked):
            standing.attempts += 1
            standing.failingSince = standing.failingSince ?? now
            standing.retryAt = now + WebhookBackoff.delay(after: standing.attempts, atLeast: asked, using: &random)
        }
        if verdict == .delivered {
            standing.lastSuccessAt = now
            if wasTold { event = told(spec.name, .info, "WebhookRecovered", "\(spec.origin) takes events again") }
        } else {
            standing.lastFailureAt = now
            standing.lastFailure = answer.complaint
            if standing.attempts == Self.failuresTold {
                event = told(
                    spec.name, .warning, "WebhookFailing",
                    "\(spec.origin) does not take events: \(answer.complaint); they wait and are sent again")
            }
        }
        if verdict == .gone {
            standing.goneReceiver = spec.receiver
            event = told(
                spec.name, .warning, "WebhookGone",
                "\(spec.origin) answered 410: nothing is sent to it until its URL changes or a test delivery is taken")
        }
        change.standings[spec.name] = standing
        count(verdict, change, standing, of: spec.name)
        if verdict == .refused { event = lost(.refused, of: spec.name, at: now, answer.complaint) }
        if let event { await note(event) }
        return .zero
    }

    /// What an attempt did, here at once and in the store with the next step: it is not made again for a store that is away.
    private func count(_ verdict: WebhookVerdict, _ change: WebhookChange, _ standing: WebhookStanding, of name: String)
    {
        hooks[name]?.unsaved = change
        hooks[name]?.standing = standing
        switch verdict {
        case .delivered: hooks[name]?.counts.delivered += 1
        case .refused: hooks[name]?.counts.lost[.refused, default: 0] += 1
        case .gone: hooks[name]?.counts.lost[.gone, default: 0] += 1
        case .retry: hooks[name]?.counts.failed += 1
        }
        if !change.removedThrough.isEmpty { hooks[name]?.waiting -= 1 }
    }

    private func ask(_ spec: WebhookSpec, id: String, body: String) async -> WebhookAnswer {
        var keys: [[UInt8]] = []
        if let place = spec.secret {
            do throws(WebhookSignature.Fault) {
                keys = try WebhookSignature.keys(in: await sender.secret(at: place))
            } catch {
                return .failed("the secret cannot be used: \(error.message)")
            }
        }
        let headers = WebhookSignature.headers(id: id, at: time.now(), body: body, keys: keys)
        return await sender.send(
            WebhookRequest(
                webhook: spec.name, url: spec.url, origin: spec.origin, headers: headers, body: body,
                timeout: spec.timeout, authorities: spec.authorities))
    }

    /// Sends one delivery beside the queue. One that is taken brings a receiver back that failed or said 410.
    package func test(_ name: String, by user: String) async throws(CommandFailure) -> WebhookTest {
        guard let spec = hooks[name]?.spec else {
            throw .notFound(Suggestion.noSuch("webhook", name, in: "the spec", among: hooks.keys.sorted()))
        }
        let id = "test-\(Digest.sha256Hex("\(random.next())").prefix(16))"
        let began = time.now()
        let answer = await ask(spec, id: id, body: testBody(spec, at: began, by: user))
        let now = time.now()
        let isDelivered = WebhookVerdict(answer, at: now) == .delivered
        if isDelivered, var standing = hooks[name]?.standing {
            standing.goneReceiver = nil
            standing.retryAt = nil
            hooks[name]?.standing = standing
            var change = hooks[name]?.unsaved ?? WebhookChange()
            change.standings[name] = standing
            hooks[name]?.unsaved = change
            hooks[name]?.waker.wake()
        }
        let status: Int? = if case .status(let status, _) = answer { status } else { nil }
        return WebhookTest(
            id: id, isDelivered: isDelivered, status: status, failure: isDelivered ? nil : answer.complaint,
            duration: max(now - began, .zero))
    }

    // MARK: - Losses

    private func drop(
        _ deliveries: [WebhookDelivery], of name: String, _ loss: WebhookStatus.Loss, at now: Timestamp
    ) async throws(StoreFailure) {
        guard let last = deliveries.last else {
            // The count was wrong, after a crash between two commits at most.
            hooks[name]?.waiting = 0
            return
        }
        var change = WebhookChange()
        change.removedThrough[name] = last.event
        try await store.commit(change)
        hooks[name]?.waiting -= deliveries.count
        hooks[name]?.counts.lost[loss, default: 0] += deliveries.count
        if let event = lost(loss, of: name, at: now, "") { await note(event) }
    }

    /// The event of a loss; nil when the last one is young. It says the same each time, so that the store counts it.
    private func lost(
        _ loss: WebhookStatus.Loss, of name: String, at now: Timestamp, _ complaint: String
    ) -> Event? {
        guard let hook = hooks[name] else { return nil }
        if let last = hook.lossesTold[loss], now - last < Self.lossPause, now >= last { return nil }
        hooks[name]?.lossesTold[loss] = now
        let words =
            switch loss {
            case .refused: "\(hook.spec.origin) refuses events: \(complaint); they are not sent again"
            case .age: "events that waited for \(hook.spec.maxAge.specText) were dropped"
            case .backlog: "more than \(hook.spec.maxBacklog) events wait: the oldest were dropped"
            case .gone: "events that waited were dropped: the receiver wants no more"
            }
        return told(name, .warning, "WebhookDropped", words)
    }

    private func told(_ name: String, _ level: Event.Level, _ reason: String, _ message: String) -> Event {
        Event(
            at: time.now(), level: level, reason: reason, subject: "\(WebhookSpec.subjectPrefix)\(name)",
            message: message)
    }
}
