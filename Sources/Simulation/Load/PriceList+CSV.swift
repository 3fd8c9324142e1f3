package import Reconciler

extension PriceList {
    /// Reads CSV with the columns `instanceType` and `pricePerHour`.
    package static func read(_ text: String, file: String) throws(SimulationInputError) -> PriceList {
        let names = ["instanceType", "pricePerHour"]
        let table = CSVTable(text, file: file, known: names, required: names)
        var problems = table.problems
        var list = PriceList()
        if problems.isEmpty {
            for row in table.rows {
                guard let type = table.cell(names[0], of: row), let cell = table.cell(names[1], of: row) else {
                    continue
                }
                if let price = price(cell.text) {
                    list.set(type.text, price)
                } else {
                    problems.append(table.problem(row, cell, "'\(cell.text)' is no price per hour, such as 0.085"))
                }
            }
        }
        guard problems.isEmpty else { throw SimulationInputError(problems) }
        return list
    }

    /// A price: a number of ``allowed``; nil when the text is none.
    package static func price(_ text: String) -> Double? {
        Double(text).flatMap { allowed.contains($0) ? $0 : nil }
    }
}
