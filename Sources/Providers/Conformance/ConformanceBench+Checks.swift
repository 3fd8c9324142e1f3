internal import Reconciler

/// What must hold of every answer, whichever case asked for it.
extension ConformanceBench {
    /// The case failed unless `condition` holds.
    func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(CaseEnd) {
        if !condition { throw .failed(otherwise()) }
    }

    /// Holds a list, complete or not, against what the run made: what is on it must be right.
    func inspect(_ listing: Listing, owner: String, region: String) throws(CaseEnd) {
        var ids: Set<String> = []
        var livingByToken: [String: String] = [:]
        for instance in listing.instances {
            let place = "the list of owner '\(owner)' in region '\(region)'"
            try expect(
                instance.tags.owner == owner && instance.tags.region == region,
                "\(place) holds '\(instance.id)' of owner '\(instance.tags.owner)' in region '\(instance.tags.region)'")
            try expect(ids.insert(instance.id).inserted, "\(place) holds '\(instance.id)' twice")
            guard let entry = ledger.entry(instance.token) else {
                throw .failed(
                    "\(place) holds '\(instance.id)' with the token '\(instance.token)', which was never given")
            }
            ledger.update(instance.token) { $0.wasListed = true }
            ledger.see(instance.id, in: region)
            try compare(instance, with: entry.request, "the list")
            if instance.state == .gone { continue }
            if let other = livingByToken.updateValue(instance.id, forKey: instance.token) {
                throw .failed("'\(other)' and '\(instance.id)' were both made for the token '\(instance.token)'")
            }
        }
    }

    /// Tags, token and revision come back to the letter.
    func compare(_ instance: Instance, with request: CreateRequest, _ place: String) throws(CaseEnd) {
        let (found, wanted) = (instance.tags, request.tags)
        let pairs = [
            ("owner", found.owner, wanted.owner), ("group", found.group, wanted.group),
            ("region", found.region, wanted.region), ("role", found.role, wanted.role),
            ("node", found.node.rawValue, wanted.node.rawValue), ("token", instance.token, request.token),
            ("revision", instance.revision, request.revision),
        ]
        for (name, found, wanted) in pairs {
            try expect(found == wanted, "\(place) has the \(name) '\(found)' where '\(wanted)' was asked for")
        }
    }
}
