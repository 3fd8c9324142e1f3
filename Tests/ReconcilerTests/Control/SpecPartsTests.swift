import Foundation
import Testing

@testable import Reconciler

@Suite("The spec is one of files and API")
struct SpecPartsTests {
    private static let provider = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}

        """

    private static func group(_ name: String) -> String {
        """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: \(name)}
        spec:
          provider: lab
          regions: [{name: here}]
          roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: 1}}

        """
    }

    private static func desk(_ files: String, _ store: any Store, used: Locked<[Spec]>) async throws -> SpecDesk {
        SpecDesk(
            SpecParts(
                files: [SpecSource(name: "a.yaml", text: files)], stored: try await SpecDesk.stored(in: store)),
            store: store, time: HandTime(noon), use: { spec in used.with { $0.append(spec) } }, note: { _ in })
    }

    @Test("groups of the API outlive a restart, and their deletions too")
    func restart() async throws {
        let (store, used) = (MemoryStore(), Locked<[Spec]>([]))
        let first = try await Self.desk(Self.provider, store, used: used)
        _ = try await first.create(Self.group("one"), by: "ann")
        _ = try await first.create(Self.group("two"), by: "ann")
        try await first.delete("one", by: "bob")
        let second = try await Self.desk(Self.provider, store, used: used)
        let spec = try #require(second.parts.read().spec)
        #expect(spec.groups.map(\.name) == ["two"] && spec.deletedGroups == ["one"])
        #expect(second.parts.stored.group("two")?.createdBy == "ann")
    }

    @Test("a file that does not read with the API's groups does not come into force")
    func conflictingFile() async throws {
        let used = Locked<[Spec]>([])
        let desk = try await Self.desk(Self.provider, MemoryStore(), used: used)
        _ = try await desk.create(Self.group("one"), by: "ann")
        let before = desk.parts
        for text in [Self.provider + "---\n" + Self.group("one"), Self.provider.replacing("lab", with: "other"), ""] {
            let reading = await desk.take(files: [SpecSource(name: "a.yaml", text: text)])
            #expect(reading.spec == nil && !reading.errors.isEmpty)
            #expect(desk.parts == before)
        }
        let good = await desk.take(
            files: [SpecSource(name: "a.yaml", text: Self.provider + "---\n" + Self.group("two"))])
        #expect(good.spec?.groups.map(\.name) == ["two", "one"])
        #expect(used.current.count == 2)
    }

    /// What a store may hold that an earlier version took in.
    private static func stored(_ texts: (name: String, text: String)...) -> StoredGroups {
        var groups = StoredGroups()
        groups.groups = texts.map { name, text in
            StoredGroup(
                name: name, text: text, createdBy: "ann", createdAt: noon, changedBy: "ann", changedAt: noon)
        }
        return groups
    }

    @Test("a kept group that does not read any more is set aside, and keeps no other from coming into force")
    func setAside() throws {
        let files = [SpecSource(name: "a.yaml", text: Self.provider)]
        let stored = Self.stored(("7", Self.group("7")), ("one", Self.group("one")))
        let parts = SpecParts(files: files, stored: stored)
        #expect(parts.read().spec == nil)
        let start = try #require(SpecParts.readable(among: [parts]))
        #expect(start.spec.groups.map(\.name) == ["one"] && start.spec.setAside.map(\.name) == ["7"])
        #expect(start.spec.setAside.first?.words.contains("api:7:3:18: ") == true)
        #expect(start.parts.stored == stored && start.parts.read().spec == start.spec)
        // Where files are what is wrong, no group is to blame.
        let broken = SpecParts(files: [SpecSource(name: "a.yaml", text: "kind: Unknown\n")], stored: stored)
        #expect(SpecParts.readable(among: [broken]) == nil)
        let fallback = try #require(SpecParts.readable(among: [broken, parts]))
        #expect(fallback.index == 1 && fallback.spec == start.spec)
    }

    @Test("the last good files count before groups are set aside, and so does the fewest of these")
    func fewest() throws {
        let group = Self.stored(("one", Self.group("one")))
        let old = [SpecSource(name: "a.yaml", text: Self.provider)]
        let new = [SpecSource(name: "a.yaml", text: Self.provider.replacing("lab", with: "other"))]
        let whole = try #require(
            SpecParts.readable(among: [SpecParts(files: new, stored: group), SpecParts(files: old, stored: group)]))
        #expect(whole.index == 1 && whole.spec.setAside.isEmpty)
        let two = Self.stored(("one", Self.group("one")), ("7", Self.group("7")))
        let fewer = try #require(
            SpecParts.readable(among: [SpecParts(files: new, stored: two), SpecParts(files: old, stored: two)]))
        #expect(fewer.index == 1 && fewer.spec.setAside.map(\.name) == ["7"])
    }

    @Test("files that lose the provider of nodes in a group that is set aside are not what a manager starts with")
    func startWithProvider() throws {
        let group = Self.stored(("7", Self.group("7")))
        let old = SpecParts(files: [SpecSource(name: "a.yaml", text: Self.provider)], stored: group)
        let other = Self.provider.replacing("lab", with: "other")
        let new = SpecParts(files: [SpecSource(name: "a.yaml", text: other)], stored: group)
        let nodes = [Sample.node("a", in: PoolKey(group: "7", region: "here", role: "edge"))]
        #expect(SpecParts.readable(among: [new, old])?.index == 0)
        let choice = try #require(SpecParts.readable(among: [new, old], with: nodes))
        #expect(choice.index == 1)
        let why = new.refusal(setting: choice.parts.setAside, with: nodes)
        #expect(why.map(\.message).contains { $0.contains("has nodes at the provider 'lab'") })
        // Where nothing has it any more, the newest goes on.
        #expect(SpecParts.readable(among: [new, new], with: nodes)?.index == 0)
    }

    @Test("a group that is set aside is put right, or deleted, over the API, and no file takes its name")
    func putRight() async throws {
        let store = MemoryStore()
        let used = Locked<[Spec]>([])
        let kept = SpecParts(
            files: [SpecSource(name: "a.yaml", text: Self.provider)],
            stored: Self.stored(("7", Self.group("7")), ("8", Self.group("8")), ("one", Self.group("one"))))
        let start = try #require(SpecParts.readable(among: [kept]))
        let desk = SpecDesk(
            start.parts, store: store, time: HandTime(noon), use: { spec in used.with { $0.append(spec) } },
            note: { _ in })
        await desk.begin(with: start.spec)
        // Others are changed as before.
        _ = try await desk.replace("one", with: Self.group("one").replacing("min: 1", with: "min: 2"), by: "bob")
        #expect(used.current.last?.setAside.map(\.name) == ["7", "8"])
        // A file of that name would take its nodes.
        let file = Self.provider + "---\n" + Self.group("\"7\"")
        let reading = await desk.take(files: [SpecSource(name: "a.yaml", text: file)])
        #expect(reading.errors.map(\.message).last?.contains("is set aside") == true)
        // The same once more is as wrong as it was.
        await #expect(throws: GroupFailure.self) { try await desk.replace("7", with: Self.group("7"), by: "bob") }
        #expect(throws: GroupFailure.self) { try desk.trial(Self.group("7"), replacing: "7") }
        _ = try await desk.replace("7", with: Self.group("\"7\""), by: "bob")
        #expect(used.current.last?.groups.map(\.name) == ["7", "one"])
        #expect(used.current.last?.setAside.map(\.name) == ["8"])
        try await desk.delete("8", by: "bob")
        #expect(used.current.last?.setAside == [] && used.current.last?.deletedGroups == ["8"])
        #expect(try await SpecDesk.stored(in: store).groups.map(\.name) == ["7", "one"])
    }

    @Test("files may not take away a provider at which a group that is set aside has nodes")
    func lostProvider() async throws {
        let other = Self.provider.replacing("lab", with: "other")
        let kept = SpecParts(
            files: [SpecSource(name: "a.yaml", text: Self.provider + "---\n" + other)],
            stored: Self.stored(("7", Self.group("7"))))
        let start = try #require(SpecParts.readable(among: [kept]))
        let nodes = Locked([Sample.node("a", in: PoolKey(group: "7", region: "here", role: "edge"))])
        let desk = SpecDesk(
            start.parts, store: MemoryStore(), time: HandTime(noon), use: { _ in }, note: { _ in },
            nodes: { nodes.current })
        let reading = await desk.take(files: [SpecSource(name: "a.yaml", text: other)])
        #expect(reading.errors.last?.message.contains("has nodes at the provider 'lab'") == true)
        #expect(desk.parts == start.parts)
        #expect(await desk.take(files: [SpecSource(name: "a.yaml", text: Self.provider)]).spec != nil)
        // Without nodes there it is nobody's.
        nodes.replace(with: [])
        #expect(await desk.take(files: [SpecSource(name: "a.yaml", text: other)]).spec != nil)
    }

    @Test(
        "whom the nodes of a group that is set aside let in is as its document says, and nobody where that cannot be told",
        arguments: [
            ("", TicketPolicy()),
            ("  tickets: {publish: required}\n", TicketPolicy(publish: .required, subscribe: .open)),
            ("  tickets: {publish: open, subscribe: maybe}\n", TicketPolicy(publish: .open, subscribe: .required)),
            ("  tickets: required\n", TicketPolicy(publish: .required, subscribe: .required)),
            ("  tickets: [\n", TicketPolicy(publish: .required, subscribe: .required)),
            ("spec: 7\n", TicketPolicy(publish: .required, subscribe: .required)),
        ])
    func ticketsOfSetAside(_ lines: String, _ policy: TicketPolicy) {
        let text = lines.hasPrefix("spec") ? lines : Self.group("7") + lines
        #expect(
            SetAsideGroup(name: "7", problems: [], document: SpecSource(name: "api:7", text: text)).tickets == policy)
    }

    @Test("files with which a group reads again take it back")
    func takenBack() async throws {
        let used = Locked<[Spec]>([])
        let start = try #require(
            SpecParts.readable(
                among: [
                    SpecParts(
                        files: [SpecSource(name: "a.yaml", text: Self.provider.replacing("lab", with: "other"))],
                        stored: Self.stored(("one", Self.group("one"))))
                ]))
        #expect(start.spec.setAside.map(\.name) == ["one"])
        let desk = SpecDesk(
            start.parts, store: MemoryStore(), time: HandTime(noon), use: { spec in used.with { $0.append(spec) } },
            note: { _ in })
        let reading = await desk.take(files: [SpecSource(name: "a.yaml", text: Self.provider)])
        #expect(reading.spec?.groups.map(\.name) == ["one"] && reading.spec?.setAside == [])
        #expect(desk.parts.setAside.isEmpty)
    }

    @Test("a deletion is overtaken by a file that a start finds: taking that out is no deletion by hand")
    func overtaken() async throws {
        let store = MemoryStore()
        let desk = try await Self.desk(Self.provider, store, used: Locked([]))
        _ = try await desk.create(Self.group("one"), by: "ann")
        try await desk.delete("one", by: "ann")
        // The manager is away while a file with a group of that name comes, and starts with it.
        let next = try await Self.desk(Self.provider + "---\n" + Self.group("one"), store, used: Locked([]))
        await next.begin(with: try #require(next.parts.read().spec))
        #expect(try await SpecDesk.stored(in: store).deleted.isEmpty)
        let reading = await next.take(files: [SpecSource(name: "a.yaml", text: Self.provider)])
        #expect(reading.spec?.deletedGroups == [])
    }

    @Test("files without a group are a spec, files without a document are none")
    func empty() {
        #expect(SpecParts(files: [SpecSource(name: "a.yaml", text: Self.provider)]).read().spec != nil)
        #expect(SpecParts(files: [SpecSource(name: "a.yaml", text: "# nothing yet\n")]).read().spec == nil)
    }

    @Test("of changes at one time each sees those before it")
    func concurrent() async throws {
        let desk = try await Self.desk(Self.provider, MemoryStore(), used: Locked([]))
        let made = await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask { (try? await desk.create(Self.group("one"), by: "ann")) != nil }
                tasks.addTask { (try? await desk.create(Self.group("two"), by: "bob")) != nil }
            }
            return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 2)
    }

    @Test(
        "over the API processes listen at the provider's address or on loopback: probes look nowhere else",
        arguments: [
            ("127.0.0.1", true), ("127.0.0.9", true), ("\"::1\"", true), ("192.0.2.7", true), ("192.0.2.8", false),
            ("169.254.169.254", false), ("metadata.internal", false), ("localhost.example.org", false),
        ])
    func addresses(_ address: String, _ isTaken: Bool) async throws {
        let provider = """
            apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: lab}
            spec: {type: process, process: {address: 192.0.2.7, roles: {edge: {command: sleep 1}}}}

            """
        let desk = try await Self.desk(provider, MemoryStore(), used: Locked([]))
        let document = Self.group("one")
        let ofRegion = document.replacing("{name: here}", with: "{name: here, settings: {address: \(address)}}")
        let ofRole = document.replacing("min: 1}", with: "min: 1, settings: {address: \(address)}}")
        for text in [ofRegion, ofRole] {
            if isTaken {
                _ = try desk.trial(text, replacing: nil)
            } else {
                let failure = #expect(throws: GroupFailure.self) { try desk.trial(text, replacing: nil) }
                guard case .malformed(let words)? = failure else {
                    Issue.record("\(String(describing: failure))")
                    continue
                }
                #expect(words.contains("'192.0.2.7' as in the provider"))
            }
            // Whoever writes the files may.
            #expect(SpecReader.read([SpecSource(name: "a.yaml", text: provider + "---\n" + text)]).spec != nil)
        }
    }

    @Test(
        "the document of a file's group is the one around its line",
        arguments: [
            ("---\nkind: A\n---\nkind: B\nx: 1\n", 4, "kind: B\nx: 1\n"),
            ("kind: A\nx: 1\n---\nkind: B\n", 1, "kind: A\nx: 1\n"),
            ("--- {kind: A}\n--- {kind: B}\n", 2, "--- {kind: B}\n"), ("kind: A\n...\n# end\n", 1, "kind: A\n"),
            ("kind: A\r\n---\r\nkind: B\r\n---\r\nkind: C\r\n", 3, "kind: B\n"),
            ("kind: A\r---\rkind: B\r", 3, "kind: B\n"),
            ("---\n# note\nkind: A\ntext: |\n  ---\n  more\n", 3, "# note\nkind: A\ntext: |\n  ---\n  more\n"),
        ])
    func document(_ text: String, _ line: Int, _ wanted: String) {
        #expect(SpecParts.document(at: line, of: text) == wanted)
    }
}
