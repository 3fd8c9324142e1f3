/// Why a node group was not made, changed or deleted over the API; nothing was changed.
package enum GroupFailure: Error, Equatable, Sendable {
    /// The document, or the spec with it, does not read.
    case invalid([SpecDiagnostic])
    /// It is not one document of a node group, or it is of another name.
    case malformed(String)
    /// The name is taken, or the group comes from a file and is read-only here, or they are too many.
    case conflict(String)
    /// There is no such group.
    case notFound(String)
    /// It is not in the state that the caller knows (RFC 9110 section 15.5.13).
    case changedMeanwhile(String)
    /// The store could not record it.
    case unavailable(String)
}

/// In which state a group must be for a change to happen: `If-Match` and `If-None-Match` (RFC 9110 section 13.1).
package enum GroupPrecondition: Sendable, Equatable {
    /// In any.
    case none
    /// It must be there: `If-Match: *`.
    case present
    /// It must not be there: `If-None-Match: *`.
    case absent
    /// In one of these: entity tags without their quotes.
    case tags([String])
}
