/// A file below `policies/`, told apart by its `kind`.
package enum PolicyDocument: Sendable {
    case rollback(RollbackPolicy)
    case prices(PriceList)

    private enum Kind: String, CaseIterable { case rollback, prices }

    /// Reads and checks one file of any kind.
    package static func parse(file: String, text: String) -> Result<PolicyDocument, Problems> {
        YAMLNode.parse(file: file, text: text).flatMap { node in
            var reader = MappingReader(node, file: file)
            var document: PolicyDocument?
            switch reader.required("kind", FieldType<Kind>.choice()) {
            case .rollback: document = RollbackPolicy(reading: &reader).map(PolicyDocument.rollback)
            case .prices: document = PriceList(reading: &reader, file: file).map(PolicyDocument.prices)
            // Which keys are known depends on the kind, so the other keys cannot be judged.
            case nil: return .failure(Problems(reader.problems))
            }
            let problems = reader.finish()
            guard let document, problems.isEmpty else { return .failure(Problems(problems)) }
            return .success(document)
        }
    }
}
