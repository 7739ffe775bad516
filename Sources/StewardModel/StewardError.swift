/// The one error type that crosses rooms: a stable code, a sentence that says what to do, and the field that was wrong.
package struct StewardError: Error, Sendable, Equatable {
    package var code: Code
    package var message: String
    /// The field, setting or file position that was wrong, where there is one.
    package var field: String?
    /// Seconds after which a retry makes sense, for ``Code/overloaded``.
    package var retryAfterSeconds: Int?
    /// Members that a caller may act on, shown in the problem document (RFC 9457, section 3.2).
    package var details: [Detail]

    package struct Detail: Sendable, Equatable {
        package var name: String
        /// JSON text.
        package var json: String
        package init(name: String, json: String) {
            self.name = name
            self.json = json
        }
    }

    package init(
        _ code: Code, _ message: String, field: String? = nil, retryAfterSeconds: Int? = nil, details: [Detail] = []
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
        self.details = details
    }

    package enum Code: String, Sendable, CaseIterable {
        case invalidInput = "invalid-input"
        case unauthenticated = "unauthenticated"
        case forbidden = "forbidden"
        case notFound = "not-found"
        case wrongMethod = "method-not-allowed"
        case conflict = "conflict"
        case refused = "refused"
        case budgetExceeded = "budget-exceeded"
        case tooLarge = "too-large"
        case unsupportedMedia = "unsupported-media-type"
        case tooManyRequests = "too-many-requests"
        case overloaded = "overloaded"
        case storage = "storage"
        case configuration = "configuration"
        case unreachable = "unreachable"
        case verificationFailed = "verification-failed"
        case `internal` = "internal"

        /// The one table from errors to HTTP status.
        package var httpStatus: Int {
            switch self {
            case .invalidInput: 400
            case .unauthenticated: 401
            case .budgetExceeded: 402
            case .forbidden: 403
            case .notFound: 404
            case .wrongMethod: 405
            case .conflict, .refused: 409
            case .tooLarge: 413
            case .unsupportedMedia: 415
            case .verificationFailed: 422
            case .tooManyRequests: 429
            case .overloaded, .storage, .unreachable: 503
            case .configuration, .internal: 500
            }
        }

        /// The one table from errors to exit status: 1 the answer is "no", 2 wrong usage, 3 no daemon.
        package var exitStatus: Int32 {
            switch self {
            case .refused, .budgetExceeded, .conflict, .verificationFailed, .notFound, .forbidden, .storage, .internal,
                .overloaded,
                .tooManyRequests:
                1
            case .invalidInput, .configuration, .unauthenticated, .wrongMethod, .tooLarge, .unsupportedMedia: 2
            case .unreachable: 3
            }
        }

        package var title: String {
            switch self {
            case .invalidInput: "The request is not valid"
            case .unauthenticated: "A valid token is needed"
            case .forbidden: "The token does not allow this"
            case .notFound: "There is no such thing"
            case .wrongMethod: "The method is not allowed here"
            case .conflict: "The present state does not allow this"
            case .refused: "A rule refused this"
            case .budgetExceeded: "The budget is spent"
            case .tooLarge: "The request is too large"
            case .unsupportedMedia: "The content type or encoding is not supported"
            case .tooManyRequests: "This token sends too much at once"
            case .overloaded: "The daemon cannot take more right now"
            case .storage: "The store cannot be written or read"
            case .configuration: "A setting is wrong"
            case .unreachable: "The daemon cannot be reached"
            case .verificationFailed: "The verification failed"
            case .internal: "Something failed inside the daemon"
            }
        }
    }
}

extension StewardError: CustomStringConvertible {
    package var description: String { field.map { "\($0): \(message)" } ?? message }
}
