import Foundation

/// How many runs a simulation makes: few for every build, more where somebody asks for them.
enum Simulations {
    static func count(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["STEWARD_SIMULATIONS"].flatMap { Int($0) } ?? usual
    }
}
