/// The data of an SVG path through counts over time, as steps: a count holds until the next.
///
/// Whole numbers and relative moves, for few bytes. Counts that fall into one narrow column are drawn as the range that they
/// cover, so that no peak is lost however many there are.
struct StepPath {
    private struct Column {
        var x: Int
        var first: Int
        var low: Int
        var high: Int
        var last: Int
        var isGap: Bool
    }

    private var columns: [Column] = []
    private let end: Int

    /// - Parameters:
    ///   - values: already scaled to the drawing, downwards; nil is a gap.
    ///   - edges: where each value starts, and where the last ends: one more than there are values.
    ///   - width: of a column.
    init(values: [Int?], edges: [Int], width: Int) {
        end = edges.last ?? 0
        for (value, x) in zip(values, edges) {
            let y = value ?? 0
            let isGap = value == nil
            if let column = columns.last, column.x / width == x / width, column.isGap == isGap {
                columns[columns.count - 1].low = min(column.low, y)
                columns[columns.count - 1].high = max(column.high, y)
                columns[columns.count - 1].last = y
            } else {
                columns.append(Column(x: x, first: y, low: y, high: y, last: y, isGap: isGap))
            }
        }
    }

    /// A line along the steps, broken at gaps.
    var line: String {
        var pen = Pen()
        for column in columns {
            if column.isGap {
                pen.lift(at: column.x)
                continue
            }
            pen.go(x: column.x, y: column.first)
            if column.low < min(column.first, column.last) { pen.go(x: column.x, y: column.low) }
            if column.high > max(column.first, column.last) { pen.go(x: column.x, y: column.high) }
            pen.go(x: column.x, y: column.last)
        }
        pen.lift(at: end)
        return pen.data
    }

    /// The area between the highest of each column and a ground line, broken at gaps.
    func area(ground: Int) -> String {
        var pen = Pen()
        for (index, column) in columns.enumerated() {
            let next = index + 1 < columns.count ? columns[index + 1] : nil
            if column.isGap { continue }
            if pen.isUp { pen.go(x: column.x, y: ground) }
            pen.go(x: column.x, y: column.low)
            if next?.isGap ?? true {
                pen.go(x: next?.x ?? end, y: column.low)
                pen.go(x: next?.x ?? end, y: ground)
                pen.close()
            }
        }
        return pen.data
    }
}

/// Writes moves along the axes in the shortest form: moves in one direction become one.
private struct Pen {
    private(set) var data = ""
    private var x = 0
    private var y = 0
    /// Where the pen really is; `x` runs ahead of it until the line turns.
    private var drawnX = 0
    private(set) var isUp = true

    mutating func go(x newX: Int, y newY: Int) {
        if isUp {
            data += "M\(newX) \(newY)"
            (x, y, drawnX, isUp) = (newX, newY, newX, false)
            return
        }
        x = newX
        if newY != y {
            flush()
            data += "v\(newY - y)"
            y = newY
        }
    }

    mutating func lift(at newX: Int) {
        if isUp { return }
        x = newX
        flush()
        isUp = true
    }

    mutating func close() {
        flush()
        data += "z"
        isUp = true
    }

    private mutating func flush() {
        if x != drawnX { data += "h\(x - drawnX)" }
        drawnX = x
    }
}
