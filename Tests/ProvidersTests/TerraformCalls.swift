import Reconciler

@testable import Providers

extension ProviderFailure {
    /// Its case.
    var kind: String {
        switch self {
        case .retryable: "retryable"
        case .noCapacity: "noCapacity"
        case .terminal: "terminal"
        case .unknown: "unknown"
        }
    }
}

typealias Made = Result<Instance, ProviderFailure>

/// Creates all at once; what went wrong, by node.
func create(_ names: [String], in provider: TerraformProvider) async -> [String: Made] {
    await create(names.map { request($0) }, in: provider)
}

/// The same with requests.
func create(_ requests: [CreateRequest], in provider: TerraformProvider) async -> [String: Made] {
    await withTaskGroup(of: (String, Made).self) { group in
        for request in requests {
            let name = request.tags.node.rawValue
            group.addTask {
                do throws(ProviderFailure) { return (name, .success(try await provider.create(request))) } catch {
                    return (name, .failure(error))
                }
            }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}

/// The nodes that the provider lists.
func names(_ provider: TerraformProvider) async throws -> [String] {
    try await provider.list(owner: "us", region: "lab").instances.map(\.tags.node.rawValue)
}

/// How the call failed; nil: it did not.
func failure<Value>(_ body: () async throws(ProviderFailure) -> Value) async -> ProviderFailure? {
    do throws(ProviderFailure) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
