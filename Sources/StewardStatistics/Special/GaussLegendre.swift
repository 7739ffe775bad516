#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Nodes and weights of 64-point quadrature on −1…1.
enum GaussLegendre {
    static let nodes = rule.nodes
    static let weights = rule.weights

    /// Newton's iteration on the roots of the Legendre polynomial, from Tricomi's approximation.
    private static let rule: (nodes: [Double], weights: [Double]) = {
        let size = 64
        var (nodes, weights): ([Double], [Double]) = ([], [])
        for index in 1...size {
            var x = cos(Double.pi * (Double(index) - 0.25) / (Double(size) + 0.5))
            var slope = 1.0
            for _ in 0..<10 {
                var (previous, value) = (1.0, x)
                for degree in 2...size {
                    let n = Double(degree)
                    (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n)
                }
                slope = Double(size) * (x * value - previous) / (x * x - 1)
                x -= value / slope
            }
            nodes.append(x)
            weights.append(2 / ((1 - x * x) * slope * slope))
        }
        return (nodes, weights)
    }()
}
