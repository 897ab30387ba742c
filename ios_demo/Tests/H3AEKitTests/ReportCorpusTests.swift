import Foundation
import Testing

@testable import H3AEKit

/// The corpus of reports that Python, Swift and Kotlin judge alike.
@Suite struct ReportCorpusTests {
  static let corpus = CorpusCase.all("reports")

  @Test func theCorpusIsThere() { #expect(Self.corpus.count > 80) }

  @Test(arguments: corpus)
  func itIsJudgedAsItsIndexSays(_ url: URL, _ one: CorpusCase) throws {
    guard let code = one.code else {
      let report = try ProfileReport(contentsOf: url)
      #expect(try ProfileReport(parsing: report.encoded()) == report)
      return
    }
    let error = failure { try ProfileReport(contentsOf: url) }
    #expect(error?.code.rawValue == code, "\(error?.message ?? "")")
    if let field = one.field {
      #expect(error?.message.contains(field) == true, "\(error?.message ?? "")")
    }
    #expect(error?.isPresentable == true)
  }

  @Test func aFileThatIsNotThereIsTold() {
    let nowhere = Repository.golden.appendingPathComponent("reports/nowhere.json")
    #expect(failure { try ProfileReport(contentsOf: nowhere) }?.code == .reportMissing)
  }

  /// NumPy's default: position q (n - 1).
  @Test func quantilesAreLinearBetweenOrderStatistics() {
    let samples = [4.0, 1, 3, 2]
    #expect(Distribution.quantile(samples, 0) == 1)
    #expect(Distribution.quantile(samples, 0.5) == 2.5)
    #expect(abs(Distribution.quantile(samples, 0.9) - 3.7) < 1e-12)
    #expect(Distribution.quantile(samples, 1) == 4)
    #expect(Distribution.quantile([7], 0.99) == 7)
  }

  @Test func aReportThatContradictsItselfIsNotWritten() throws {
    let url = Repository.golden.appendingPathComponent("reports/valid/minimal.json")
    var report = try ProfileReport(contentsOf: url)
    report.protocol.repetitions += 1
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("report.json")
    #expect(failure { try report.write(to: file) }?.code == .reportConsistency)
    #expect(try scratch.contents().isEmpty)
  }
}
