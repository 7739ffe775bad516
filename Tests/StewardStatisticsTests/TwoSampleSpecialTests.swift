import StewardStatistics
import Testing

/// Expected values: mpmath 1.3.0 at 60 digits where no other source is named, else scipy 1.17.1.
@Suite("Special functions")
struct TwoSampleSpecialTests {
    private func error(_ value: Double, _ expected: Double) -> Double {
        expected == 0 ? abs(value) : abs(value / expected - 1)
    }

    static let logGammas: [(Double, Double)] = [
        (1e-10, 23.025850929882736),
        (0.1, 2.252712651734206),
        (0.5, 0.5723649429247001),
        (0.9999, 5.7729791561193866e-05),
        (1.5, -0.12078223763524522),
        (2.5, 0.2846828704729192),
        (3.7, 1.428072326665388),
        (10.0, 12.801827480081469),
        (14.999, 25.18854687054693),
        (15.0, 25.19122118273868),
        (100.5, 361.4355404677776),
        (10000.0, 82099.71749644238),
        (10000000000.0, 220258509288.81058),
        (1e+100, 2.2925850929940456e+102),
    ]

    @Test("log-gamma, to 1e-14 of the larger of the value and 1", arguments: logGammas)
    func logGamma(x: Double, expected: Double) {
        #expect(abs(LogGamma.value(x) - expected) <= 1e-14 * max(1, abs(expected)))
    }

    static let gammaTails: [(Double, Double, Double)] = [
        (0.5, 1e-05, 0.9964317636618195),
        (0.5, 2.0, 0.04550026389635842),
        (0.5, 600.0, 6.0995688148084334e-263),
        (1.0, 1.0, 0.36787944117144233),
        (1.0, 690.0, 2.171738281389827e-300),
        (2.5, 0.3, 0.9880032427940937),
        (2.5, 2.5, 0.41588018699550794),
        (4.5, 20.0, 7.598525229464276e-06),
        (10.0, 12.0, 0.24239216167051233),
        (10.0, 700.0, 1.1106924650193637e-284),
        (99.5, 60.0, 0.9999980719422418),
        (99.5, 101.0, 0.4273948444655974),
        (495.5, 507.8, 0.2867166114066535),
        (495.5, 1200.0, 3.0140094178219006e-118),
        (5000.0, 5000.5, 0.49529862960388654),
        (5000.0, 6000.0, 1.1470065524601248e-40),
        (1000000.0, 1002000.0, 0.022804095898769836),
    ]

    @Test("incomplete gamma, relative 1e-12 down to 1e-300", arguments: gammaTails)
    func incompleteGamma(a: Double, x: Double, upper: Double) {
        #expect(error(IncompleteGamma.upperTail(a, x), upper) <= 1e-12)
        #expect(error(ChiSquare.upperTail(2 * x, degreesOfFreedom: 2 * a), upper) <= 1e-12)
        #expect(abs(IncompleteGamma.lowerTail(a, x) - (1 - upper)) <= 1e-14)
    }

    static let betaTails: [(Double, Double, Double, Double)] = [
        (0.3, 2.0, 5.0, 0.5798249999999999),
        (0.001, 0.5, 0.5, 0.020135041633377492),
        (0.5, 20.0, 20.0, 0.5),
        (0.01, 3.0, 400.0, 0.7662837963589115),
        (0.999, 50.0, 0.2, 0.407538336616083),
        (0.25, 1000.0, 2500.0, 7.863489298545346e-07),
        (1e-12, 2.0, 3.0, 5.999999999992e-24),
    ]

    @Test("incomplete beta, relative 1e-12", arguments: betaTails)
    func incompleteBeta(x: Double, a: Double, b: Double, expected: Double) {
        #expect(error(IncompleteBeta.lowerTail(x, a, b), expected) <= 1e-12)
        #expect(abs(IncompleteBeta.lowerTail(1 - x, b, a, complement: x) - (1 - expected)) <= 1e-13)
    }

    static let studentTails: [(Double, Double, Double)] = [
        (0.0007662886054179099, 193.55519053907994, 0.999389379409354),
        (1.0, 1.0, 0.5),
        (2.0, 3.5, 0.12613852257591354),
        (12.0, 5.0, 7.089492517161522e-05),
        (4.876776758183655, 199993.12616676255, 1.0791593718916098e-06),
        (30.0, 200.0, 5.724161208827852e-76),
        (0.5, 10000000.0, 0.6170750884540148),
        (40.0, 0.7, 0.04699673387876516),
    ]

    @Test("Student's t, relative 1e-11", arguments: studentTails)
    func student(t: Double, degrees: Double, expected: Double) {
        #expect(error(StudentT.bothTails(t, degreesOfFreedom: degrees), expected) <= 1e-11)
        #expect(error(StudentT.upperTail(t, degreesOfFreedom: degrees), expected / 2) <= 1e-11)
    }

    static let normalTails: [(Double, Double)] = [
        (-40.0, 1.0),
        (-3.0, 0.9986501019683699),
        (-0.5, 0.6914624612740131),
        (0.0, 0.5),
        (1.96, 0.024997895148220435),
        (5.0, 2.866515718791933e-07),
        (10.0, 7.61985302416047e-24),
        (20.0, 2.7536241186061556e-89),
        (37.5, 4.605353009581954e-308),
    ]

    @Test("normal tail, relative 2e-13 (scipy)", arguments: normalTails)
    func normal(z: Double, expected: Double) {
        #expect(error(StandardNormal.upperTail(z), expected) <= 2e-13)
    }

    static let poissonDensities: [(Double, Double, Double)] = [
        (0.3, 2.0, 0.1856520536781366),
        (1.0, 1.0, 0.36787944117144233),
        (7.0, 3.5, 0.038549174937634),
        (100.0, 120.25, 0.006525193591771876),
        (1000000.0, 1001000.0, 0.00024205131423621332),
        (5.0, 600.0, 1.7174569663467933e-249),
    ]

    @Test("Poisson density, relative 1e-13", arguments: poissonDensities)
    func poisson(a: Double, mean: Double, expected: Double) {
        #expect(error(SaddlePoint.poisson(a, mean: mean), expected) <= 1e-13)
    }

    static let binomialDensities: [(Double, Double, Double, Double)] = [
        (3.0, 7.0, 0.3, 0.266827932),
        (0.5, 0.5, 0.25, 0.5513288954217921),
        (500.0, 500.0, 0.5, 0.0252250181783608),
        (10.0, 99990.0, 0.0001, 0.1251162916816937),
        (1000.0, 50.0, 0.5, 9.551301068481974e-231),
        (0.0, 20.0, 0.1, 0.12157665459056927),
    ]

    @Test("binomial density, relative 2e-13", arguments: binomialDensities)
    func binomial(a: Double, b: Double, p: Double, expected: Double) {
        #expect(error(SaddlePoint.binomial(a, b, p: p, q: 1 - p), expected) <= 2e-13)
    }

    static let kolmogorovLimits: [(Double, Double)] = [
        (0.2, 0.999999999999495),
        (0.4, 0.9971923267772983),
        (0.8, 0.5441424115741981),
        (0.99999, 0.27001039131729154),
        (1.0, 0.26999967167735456),
        (1.358, 0.05002679733444698),
        (2.0, 0.0006709252557796953),
        (5.0, 3.8574996959278356e-22),
        (18.0, 7.554499944724249e-282),
    ]

    @Test("Kolmogorov's limit, relative 1e-13 (scipy)", arguments: kolmogorovLimits)
    func kolmogorovLimit(x: Double, expected: Double) {
        #expect(error(KolmogorovLimit.tail(x), expected) <= 1e-13)
    }

    /// One value for each region of Simard and L'Ecuyer, and on both sides of the borders between them.
    static let kolmogorovTails: [(Int, Double, Double)] = [
        (3, 0.2, 0.9982222222222222),
        (3, 0.3, 0.8862222222222222),
        (5, 0.457, 0.1805676562071401),
        (10, 0.05, 1.0),
        (10, 0.1, 0.99963712),
        (10, 0.4, 0.05898924519999926),
        (10, 0.95, 1.9531250000000172e-13),
        (50, 0.1, 0.6623112704658186),
        (50, 0.2, 0.03143877776953241),
        (140, 0.07, 0.4776228287946577),
        (140, 0.16, 0.001344016324418744),
        (140, 0.17, 0.0005246108687519814),
        (141, 0.03, 0.9992107601012719),
        (141, 0.06, 0.6677160791348915),
        (141, 0.12, 0.03160060527758468),
        (141, 0.13, 0.015449346308454497),
        (1000, 0.012, 0.9984464668620097),
        (1000, 0.02, 0.8108971656895577),
        (1000, 0.04, 0.07933956059000224),
        (1000, 0.06, 0.001428597887952891),
        (1000, 0.1, 3.703687096817711e-09),
        (1000, 0.7, 0.0),
        (50000, 0.00199, 0.9886995559625066),
        (50000, 0.003, 0.7579000443487147),
        (50000, 0.006, 0.05442749636006261),
        (50000, 0.01043, 3.744973122755352e-05),
        (50000, 0.03, 1.5783051787103078e-39),
    ]

    @Test("Kolmogorov's distribution of n values, relative 1e-9 (scipy)", arguments: kolmogorovTails)
    func kolmogorov(count: Int, x: Double, expected: Double) {
        #expect(error(KolmogorovDistribution.tail(x, count: count), expected) <= 1e-9)
    }

    static let smirnovTails: [(Int, Double, Double)] = [
        (1, 0.5, 0.5),
        (5, 0.3, 0.34282),
        (20, 0.01, 0.9879189104955647),
        (100, 0.2, 0.0002775963664037337),
        (1000, 0.05, 0.006506037390545166),
        (1000, 0.3, 1.2953578528684224e-80),
        (50000, 0.01, 4.509024405921801e-05),
    ]

    @Test("Smirnov's distribution of n values, relative 1e-11 (scipy)", arguments: smirnovTails)
    func smirnov(count: Int, x: Double, expected: Double) {
        #expect(error(SmirnovDistribution.tail(x, count: count), expected) <= 1e-11)
    }

    static let cramerVonMisesTails: [(Double, Double)] = [
        (0.0031, 1.0),
        (0.02, 0.9969993856983981),
        (0.05, 0.876280931041351),
        (0.1, 0.5848734384067971),
        (0.16, 0.36049341877637786),
        (0.347, 0.10019124868694851),
        (0.46136, 0.05000038313265287),
        (0.74346, 0.009999961915457156),
        (1.16786, 0.0009999909148802333),
        (2.0, 1.2780736265760595e-05),
        (3.0, 7.567778648187584e-08),
    ]

    @Test(
        "Cramér's and von Mises' limit, 3e-15 (scipy, whose Bessel function is 2e-15 off)",
        arguments: cramerVonMisesTails)
    func cramerVonMises(x: Double, expected: Double) {
        #expect(abs(CramerVonMisesLimit.truncatedTail(x) - expected) <= 3e-15)
    }

    @Test("the ends of every range")
    func ends() {
        #expect(LogGamma.value(0) == .infinity && LogGamma.value(-1).isNaN && LogGamma.value(1).magnitude < 1e-14)
        #expect(IncompleteGamma.upperTail(2, 0) == 1 && IncompleteGamma.upperTail(2, .infinity) == 0)
        #expect(IncompleteGamma.upperTail(0, 1).isNaN && IncompleteGamma.lowerTail(1, -1).isNaN)
        #expect(IncompleteBeta.lowerTail(0, 1, 2) == 0 && IncompleteBeta.lowerTail(1, 1, 2) == 1)
        #expect(IncompleteBeta.lowerTail(1.5, 1, 2).isNaN)
        #expect(StudentT.bothTails(.infinity, degreesOfFreedom: 3) == 0)
        #expect(KolmogorovLimit.tail(0) == 1 && KolmogorovLimit.tail(40) == 0)
        #expect(KolmogorovDistribution.tail(0, count: 7) == 1 && KolmogorovDistribution.tail(1, count: 7) == 0)
        #expect(KolmogorovDistribution.tail(0.5, count: 0).isNaN)
        #expect(SmirnovDistribution.tail(0, count: 9) == 1 && SmirnovDistribution.tail(1, count: 9) == 0)
        #expect(CramerVonMisesLimit.truncatedTail(0.001) == 1 && CramerVonMisesLimit.truncatedTail(.nan).isNaN)
        #expect(SaddlePoint.poisson(0, mean: 0) == 1 && SaddlePoint.binomial(3, 2, p: 0, q: 1) == 0)
    }

    @Test("a tail never rises, also where one method hands over to the next", arguments: [2, 10, 139, 141, 2000])
    func monotonic(count: Int) {
        var previous = 1.0
        for step in 1...400 {
            let value = KolmogorovDistribution.tail(Double(step) / 400, count: count)
            #expect(value <= previous + 1e-7, "at \(step)")
            previous = value
        }
    }
}
