import StewardStatistics
import Testing

struct SpendForecastTests {
    @Test func constantSpendIsCertain() throws {
        let forecast = try #require(SpendForecast(history: Array(repeating: 5, count: 20), ahead: 10))
        #expect(
            forecast
                == SpendForecast(history: Array(repeating: 5, count: 28), ahead: 10).map {
                    var same = $0
                    same.days = 20
                    return same
                })
        #expect(forecast.mean == 50 && forecast.lower == 50 && forecast.upper == 50)
    }

    @Test func weekdaysKeepTheirPlace() throws {
        // Six busy days and a quiet one; four weeks end with the quiet one, so six busy days come next.
        let history = (0..<28).map { $0 % 7 == 6 ? 1.0 : 10.0 }
        #expect(SpendForecast(history: history, ahead: 6)?.mean == 60)
        #expect(SpendForecast(history: history, ahead: 7)?.mean == 61)
    }

    /// One mean, 8 days, 3 ahead: 3·x̄ ± t₇(0.975)·s·√(3 + 9/8), with t = 2.364624251592785.
    @Test func intervalIsThatOfTheTextbook() throws {
        let history = [4.0, 6, 5, 7, 3, 5, 6, 4]
        let forecast = try #require(SpendForecast(history: history, ahead: 3))
        let half = 2.364_624_251_592_785 * (12.0 / 7).squareRoot() * (3 + 9.0 / 8).squareRoot()
        #expect(abs(forecast.upper - (15 + half)) < 1e-9)
        #expect(abs(forecast.lower - (15 - half)) < 1e-9)
    }

    @Test func tooLittleOrNoNumberIsNoForecast() {
        #expect(SpendForecast(history: [1, 2, 3, 4, 5, 6], ahead: 3) == nil)
        #expect(SpendForecast(history: [1, 2, 3, 4, 5, 6, .nan], ahead: 3) == nil)
        #expect(SpendForecast(history: [1, 2, 3, 4, 5, 6, 7], ahead: 0)?.upper == 0)
    }
}
