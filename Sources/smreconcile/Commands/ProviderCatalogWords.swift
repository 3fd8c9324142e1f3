internal import Foundation
internal import Providers
internal import Reconciler
internal import Storage

/// `smreconcile provider images`, `types` and `describe`: what a provider tells people, where it can.
enum ProviderCatalogWords {
    /// Asks, and prints what is said.
    static func run(
        _ word: ProviderCommand.Word, _ spec: Spec, _ arguments: Arguments, _ format: OutputFormat, _ console: Console
    ) async throws -> Int32 {
        if word == .describe {
            let (provider, reference) = try await node(arguments.positional[1], spec, arguments)
            let catalog = try catalog(provider, word)
            console.print(
                try pretty(try await answer { () throws(ProviderFailure) in try await catalog.describe(reference) }))
            return ExitCode.done
        }
        let provider = try ProviderCommand.choose(spec, arguments)
        let region = try ProviderCommand.region(of: provider, spec, arguments)
        let catalog = try catalog(provider, word)
        if word == .images {
            let images = try await answer { () throws(ProviderFailure) in try await catalog.images(region: region) }
            var table = Table(["ID", "NAME"])
            for image in images { table.add([image.id, image.name ?? "-"]) }
            console.write(format == .json ? try json(images) : table.text)
        } else {
            let types = try await answer { () throws(ProviderFailure) in
                try await catalog.instanceTypes(region: region)
            }
            var table = Table(["TYPE", "CPUS", "MEMORY", "PRICE/HOUR"])
            for type in types {
                table.add([
                    type.type, type.cpus?.short ?? "-", type.memoryMB.map { "\($0.short) MB" } ?? "-",
                    type.pricePerHour.map { "\($0)" } ?? "-",
                ])
            }
            console.write(format == .json ? try json(types) : table.text)
        }
        return ExitCode.done
    }

    private static func catalog(
        _ provider: ProviderSpec, _ word: ProviderCommand.Word
    ) throws(CommandError) -> any ProviderCatalog {
        let made: any Provider
        do throws(ProviderUnavailable) {
            made = try makeProvider(provider, dataDirectory: "/dev/null/none", time: SystemTime())
        } catch {
            throw CommandError(error.description)
        }
        guard let catalog = made as? any ProviderCatalog else {
            throw CommandError(
                "provider '\(provider.name)': type '\(provider.settings.typeName)' has no '\(word.rawValue)'")
        }
        return catalog
    }

    /// A node of the manager's store, as its provider knows it.
    private static func node(
        _ id: String, _ spec: Spec, _ arguments: Arguments
    ) async throws -> (ProviderSpec, InstanceReference) {
        let directory = DataDirectoryPath.of(arguments)
        guard FileManager.default.fileExists(atPath: directory) else {
            throw CommandError("there is no data directory '\(directory)'; name the manager's with --data")
        }
        let node: Node?
        let owner: String?
        do throws(StoreFailure) {
            let store = try await SQLiteStore.readOnly(directory: directory)
            node = try await store.load().nodes.first { $0.id.rawValue == id }
            owner = try await store.value("owner").map { String(decoding: $0, as: UTF8.self) }
            await store.close()
        } catch {
            throw CommandError(error.message)
        }
        guard let node, let owner else { throw CommandError("there is no node '\(id)' in '\(directory)'") }
        guard let provider = spec.providers[node.provider] else {
            throw CommandError("node '\(id)' is of provider '\(node.provider)', which the spec does not have")
        }
        let tags = InstanceTags(
            owner: owner, group: node.pool.group, region: node.pool.region, role: node.pool.role, node: node.id)
        return (provider, InstanceReference(id: node.instanceID, tags: tags, token: node.token))
    }

    private static func answer<Value: Sendable>(
        _ call: () async throws(ProviderFailure) -> Value
    ) async throws(CommandError) -> Value {
        do throws(ProviderFailure) {
            return try await call()
        } catch {
            throw CommandError(error.message)
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    private static func pretty(_ text: String) throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
