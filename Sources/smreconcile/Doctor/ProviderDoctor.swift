internal import Foundation
internal import Providers
internal import Reconciler

/// Whether the providers could do their work: their credentials and permissions, by reads and dry runs.
enum ProviderDoctor {
    private static let check = "provider"

    static func examine(_ patient: DoctorPatient) async -> [DoctorFinding] {
        guard let spec = patient.spec else { return [] }
        let owner = spec.manager.owner ?? patient.store?.owner ?? "smreconcile-doctor"
        var findings: [DoctorFinding] = []
        for provider in spec.providers.values.sorted(by: { $0.name < $1.name }) {
            let name = "\(check) \(provider.name)"
            if let problem = anchored(provider, patient.dataDirectory) {
                findings.append(.fail(name, problem, "give the new one a new name in the spec"))
                continue
            }
            let samples = samples(of: provider, spec, owner)
            guard !samples.isEmpty else {
                findings.append(.ok(name, "\(provider.settings.typeName): no node group uses it"))
                continue
            }
            if patient.isOffline, ["ec2", "shell", "terraform"].contains(provider.settings.typeName) {
                findings.append(.ok(name, "\(provider.settings.typeName): not asked, for --offline"))
                continue
            }
            if case .ec2(let settings) = provider.settings { findings += await clock(settings, samples) }
            let checkup = ProviderCheckup(provider, dataDirectory: patient.dataDirectory, time: SystemTime())
            for found in await checkup.run(samples) {
                findings.append(
                    found.isFailure
                        ? .fail(
                            name, "\(found.what): \(found.words)",
                            "put that right: no node can be made, seen or ended before")
                        : .ok(name, "\(found.what): \(found.words)"))
            }
        }
        return findings
    }

    /// A create as each pool would ask for.
    private static func samples(of provider: ProviderSpec, _ spec: Spec, _ owner: String) -> [CreateRequest] {
        spec.groups.filter { $0.provider == provider.name }.flatMap { group in
            group.regions.flatMap { region in
                group.roles.compactMap { role in
                    let pool = PoolKey(group: group.name, region: region.name, role: role.name)
                    guard let template = spec.template(of: pool) else { return nil }
                    return CreateRequest(
                        tags: InstanceTags(
                            owner: owner, group: pool.group, region: pool.region, role: pool.role,
                            node: NodeID("\(group.name)-\(role.name)-doctor")),
                        token: "doctor", revision: template.revision, template: template, credential: "none",
                        managerURL: spec.manager.advertiseURL ?? "http://127.0.0.1:5080")
                }
            }
        }
    }

    /// A name keeps its type for good; see ``ProviderRegistry``.
    private static func anchored(_ provider: ProviderSpec, _ directory: String) -> String? {
        let data = FileManager.default.contents(atPath: "\(directory)/providers.json")
        let types = data.flatMap { try? JSONDecoder().decode([String: String].self, from: $0) } ?? [:]
        guard let known = types[provider.name], known != provider.settings.typeName else { return nil }
        return "was of type '\(known)', is '\(provider.settings.typeName)' in the spec, and nodes of it may exist"
    }

    /// By an answer of the place that judges our signatures; nothing where it does not answer, which other findings tell.
    private static func clock(_ settings: EC2Spec, _ samples: [CreateRequest]) async -> [DoctorFinding] {
        guard let region = samples.first?.tags.region else { return [] }
        let url = settings.endpoint ?? "https://ec2.\(settings.amazonRegion(of: region)).amazonaws.com/"
        var request = HTTPRequest("HEAD", url, timeout: .seconds(5))
        request.isBodyWanted = false
        guard let answer = try? await HTTPClient(handles: 1).send(request),
            let date = answer.headers["date"].flatMap(HTTPDate.read)
        else { return [] }
        return [ClockDoctor.judge(from: request.place, date: date, now: SystemTime().now())]
    }
}

/// The `Date` of an answer (RFC 9110, section 5.6.7).
enum HTTPDate {
    /// Nil for what is none.
    static func read(_ text: String) -> Timestamp? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text).map { Timestamp($0) }
    }
}
