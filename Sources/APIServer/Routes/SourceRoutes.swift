internal import Reconciler

/// Where the spec comes from, and the door for those who know that it changed.
struct SourceRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/source", .roles(.readers),
                "Where the spec comes from, the commit in force, and what is wrong with the newest one",
                .later { _ async throws(Problem) in try source() }
            )
            .in(.control).query().answers(APISchemas.reference("SpecSource"), "The source.")
            .fails(404, "This manager follows no spec."),
            Route(
                .post, "/as/v1/hooks/git", .anyone,
                "Looks at the git repository at once: for the webhooks of GitHub, GitLab, Gitea and Forgejo, whose secret is the token",
                .later { call async throws(Problem) in try push(call) }
            )
            .in(.control).query(bearingUnknown: [])
            .body(["type": "object"], ["application/json", "application/x-www-form-urlencoded"], required: false)
            .answers(APISchemas.reference("HookTaken"), "The repository is looked at soon.", status: 202)
            .fails(401, "The signature or token is not right.").fails(
                404, "No secret is set, or no repository is followed."),
        ]
    }

    private func source() throws(Problem) -> HTTPResponse {
        guard let status = services.live.source else {
            throw .notFound("this manager follows no files and no repository")
        }
        var json = JSONWriter()
        status.write(into: &json)
        return .json(json.bytes)
    }

    private func push(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        guard let door = services.pushes else {
            throw .notFound("this manager takes no webhooks; start it with --git and --git-hook-secret-file")
        }
        if case .wrong(let why) = door.judge(call.request) {
            throw Problem(401, why, headers: [("WWW-Authenticate", "Signature realm=\"smreconcile\"")])
        }
        door.look()
        var json = JSONWriter()
        json.beginObject()
        json.field("accepted", true)
        json.endObject()
        return .json(json.bytes, status: 202)
    }
}

extension SourceStatus {
    /// Writes the status as one object.
    func write(into json: inout JSONWriter) {
        json.beginObject()
        switch place {
        case .files(let paths):
            json.field("kind", "files")
            json.field("paths", paths)
            json.field("url", nil as String?)
            json.field("ref", nil as String?)
        case .git(let url, let ref, let paths):
            json.field("kind", "git")
            json.field("paths", paths)
            json.field("url", url)
            json.field("ref", ref)
        }
        json.field("inForce", inForce)
        json.field("newest", newest)
        json.field("isInForce", problems.isEmpty && newest?.id == inForce?.id)
        json.field("problems", each: problems) { json, problem in
            json.beginObject()
            json.field("file", problem.location.file)
            json.field("line", problem.location.line)
            json.field("column", problem.location.column)
            json.field("message", problem.message)
            json.field("suggestion", problem.suggestion)
            json.endObject()
        }
        json.field("fetchedAt", fetchedAt)
        json.key("outage")
        if let outage {
            json.beginObject()
            json.field("since", outage.since)
            json.field("message", outage.message)
            json.endObject()
        } else {
            json.value(nil as String?)
        }
        json.endObject()
    }
}

extension JSONWriter {
    /// A commit, or `null`.
    mutating func field(_ name: String, _ commit: GitCommit?) {
        key(name)
        guard let commit else { return value(nil as String?) }
        beginObject()
        field("id", commit.id)
        field("author", commit.author)
        field("email", commit.email)
        field("at", commit.at)
        field("subject", commit.subject)
        endObject()
    }
}
