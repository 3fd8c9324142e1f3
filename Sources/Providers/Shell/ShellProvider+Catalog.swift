internal import Foundation
package import Reconciler

/// The optional commands: `describe`, `images` and `types`.
extension ShellProvider: ProviderCatalog {
    /// Calls `describe`; what it prints must be a JSON object, and is passed on as it is.
    package func describe(_ instance: InstanceReference) async throws(ProviderFailure) -> String {
        try await ask(.describe, ShellRequest.Instance(.describe, instance)) { data throws(ShellAnswerFault) in
            guard (try? JSONSerialization.jsonObject(with: data)) is [String: Any] else {
                throw ShellAnswerFault(message: "it is no JSON object")
            }
            return String(decoding: data, as: UTF8.self)
        }
    }

    /// Calls `images`.
    package func images(region: String) async throws(ProviderFailure) -> [ProviderImage] {
        try await ask(.images, ShellRequest.Catalog(.images, region: region)) { data throws(ShellAnswerFault) in
            try ShellCatalogAnswer.images(data)
        }
    }

    /// Calls `types`.
    package func instanceTypes(region: String) async throws(ProviderFailure) -> [ProviderInstanceType] {
        try await ask(.types, ShellRequest.Catalog(.types, region: region)) { data throws(ShellAnswerFault) in
            try ShellCatalogAnswer.types(data)
        }
    }

    private func ask<Answer>(
        _ verb: ShellVerb, _ request: some Encodable & Sendable,
        _ read: (Data) throws(ShellAnswerFault) -> Answer
    ) async throws(ProviderFailure) -> Answer {
        let call = try call(verb)
        let run = await call.run(request, until: .now + spec.timeout)
        if let failure = run.failure(of: verb) { throw failure }
        do throws(ShellAnswerFault) {
            return try read(run.output)
        } catch {
            throw .retryable(run.complaint(error))
        }
    }
}

/// The answers of `images` and `types`.
enum ShellCatalogAnswer {
    private struct Images: Decodable {
        var images: [ProviderImage]
    }

    private struct Types: Decodable {
        var types: [ProviderInstanceType]
    }

    /// Each with an id that is not empty.
    static func images(_ data: Data) throws(ShellAnswerFault) -> [ProviderImage] {
        let images = try decode(
            Images.self, data, wanted: #"{"images": [{"id": "...", "name": "..."}]}"#
        ).images
        if images.contains(where: { $0.id.isEmpty }) { throw ShellAnswerFault(message: "an image has an empty 'id'") }
        return images
    }

    /// Each with a name that is not empty, and numbers that are not negative.
    static func types(_ data: Data) throws(ShellAnswerFault) -> [ProviderInstanceType] {
        let types = try decode(
            Types.self, data,
            wanted: #"{"types": [{"type": "...", "cpus": 2, "memoryMB": 4096, "pricePerHour": 0.08}]}"#
        ).types
        for type in types {
            if type.type.isEmpty { throw ShellAnswerFault(message: "a type has an empty 'type'") }
            if [type.cpus, type.memoryMB, type.pricePerHour].contains(where: { ($0 ?? 0) < 0 }) {
                throw ShellAnswerFault(message: "a number of type '\(type.type.prefix(80))' is negative")
            }
        }
        return types
    }
}
