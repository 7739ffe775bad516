/// The whole API, in the order in which the documentation shows it.
enum Endpoints {
    static func all(_ api: API) -> [Endpoint] {
        [
            intake(api), telemetry(api), reading(api), costs(api), repricing(api), costAnalysis(api), budgets(api),
            retention(api),
            deployments(api), governing(api), ofrep(api), rollouts(api), approvals(api), versionNotes(api),
            experiments(api), policies(api), findings(api), biasAudits(api), biasProbes(api), audit(api),
            tokens(api), operation(api),
        ].flatMap { $0 } + [history(api), replay(api), openAPI(api)]
    }

    /// Query parameters that many listings share.
    enum Shared {
        static let since = Endpoint.Parameter("since", "start: RFC 3339, or a span such as 24h for that long ago")
        static let until = Endpoint.Parameter("until", "end, exclusive; now if left out")
        static let deployment = Endpoint.Parameter("deployment", "only this deployment")
        static let environment = Endpoint.Parameter("environment", "only this environment")
        static let version = Endpoint.Parameter("version", "only this version")
    }
}
