/// A value of JSON, as a card holds it in `provenance`.
public enum Json: Sendable, Hashable {
    /// An object.
    case object(JsonObject)

    /// A list.
    case array([Json])

    /// A text. It may hold halves of surrogate pairs.
    case text(CodePoints)

    /// A number that was written without a point and without an exponent, as it was written.
    case whole(String)

    /// A number that was written with a point or an exponent.
    case real(Double)

    /// True or false.
    case flag(Bool)

    /// Null.
    case null
}

/// The fields of an object of JSON, in the order in which they were written.
public struct JsonObject: Sendable, Hashable {
    /// The names of the fields. Each occurs once.
    public private(set) var names: [CodePoints] = []
    private var values: [CodePoints: Json] = [:]

    /// Makes an object without fields.
    public init() {}

    /// The value of a field; nil if there is no such field. Setting nil removes the field.
    public subscript(name: CodePoints) -> Json? {
        get { values[name] }
        set {
            if values[name] == nil, newValue != nil { names.append(name) }
            if newValue == nil { names.removeAll { $0 == name } }
            values[name] = newValue
        }
    }

    /// The number of fields.
    public var count: Int { names.count }

    /// The fields in their order.
    public var fields: [(name: CodePoints, value: Json)] {
        names.compactMap { name in values[name].map { (name, $0) } }
    }
}
