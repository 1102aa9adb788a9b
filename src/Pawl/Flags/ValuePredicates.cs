namespace Pawl.Flags;

/// <summary>Equal to a text after conversion to one: 8 matches "8", and what is not there matches "null".</summary>
internal sealed class IsText(string text) : Predicate
{
    public override bool Matches(in AttributeValue value) => JavaScript.IsText(value, text);
}

/// <summary>Equal to a text as a text, without regard to case.</summary>
internal sealed class IsTextInAnyCase(string text) : Predicate
{
    public override bool Matches(in AttributeValue value) => LowerCase.Same(JavaScript.ToText(value), text);
}

/// <summary>Equal to a number after conversion to one: "8" matches 8, and what is not there matches 0.</summary>
internal sealed class IsNumber(double number) : Predicate
{
    public override bool Matches(in AttributeValue value) => JavaScript.ToNumber(value) == number;
}

/// <summary>There, and as true or false as asked.</summary>
internal sealed class IsTruth(bool truth) : Predicate
{
    public override bool Matches(in AttributeValue value) => value.Kind != AttributeKind.Null && JavaScript.IsTruthy(value) == truth;
}

/// <summary>Written as the same JSON.</summary>
internal sealed class IsSameJson(AttributeValue expected) : Predicate
{
    public override bool Matches(in AttributeValue value) => value == expected;
}

/// <summary>Strictly equal (ECMA-262 §7.2.15): of the same kind and value; a list or an object equals none but itself.</summary>
internal sealed class IsStrictly(AttributeValue expected) : Predicate
{
    public override bool Matches(in AttributeValue value) => value.Kind < AttributeKind.List && value == expected;
}

internal enum Order
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>The relational operators (ECMA-262 §7.2.13): two texts by their code units, all else as numbers.</summary>
internal sealed class IsOrdered : Predicate
{
    private readonly Order order;
    private readonly string? text;
    private readonly double number;

    public IsOrdered(Order order, in AttributeValue expected)
    {
        this.order = order;
        text = expected.Kind >= AttributeKind.Text ? JavaScript.ToText(expected) : null;
        number = JavaScript.ToNumber(expected);
    }

    public override bool Matches(in AttributeValue value)
    {
        if (text is not null && value.Kind >= AttributeKind.Text) return Holds(string.CompareOrdinal(JavaScript.ToText(value), text));
        var actual = JavaScript.ToNumber(value);
        return order switch
        {
            Order.Less => actual < number,
            Order.LessOrEqual => actual <= number,
            Order.Greater => actual > number,
            _ => actual >= number,
        };
    }

    private bool Holds(int comparison) => order switch
    {
        Order.Less => comparison < 0,
        Order.LessOrEqual => comparison <= 0,
        Order.Greater => comparison > 0,
        _ => comparison >= 0,
    };
}

internal sealed class Exists(bool wanted) : Predicate
{
    public override bool Matches(in AttributeValue value) => (value.Kind != AttributeKind.Null) == wanted;
}

/// <summary>In a set; a list is in it when one of its items is.</summary>
internal sealed class IsIn(ValueSet set) : Predicate
{
    public override bool Matches(in AttributeValue value)
    {
        if (value.Kind != AttributeKind.List) return set.Contains(value);
        foreach (ref readonly var item in value.Items.AsSpan())
        {
            if (set.Contains(item)) return true;
        }

        return false;
    }
}

/// <summary>A list of a certain length.</summary>
internal sealed class HasSize(Predicate size) : Predicate
{
    public override bool Matches(in AttributeValue value) => value.Kind == AttributeKind.List && size.Matches(AttributeValue.From(value.Items.Length));
}

/// <summary>A list one of whose items matches; null matches nothing, not even {}.</summary>
internal sealed class HasItem(Predicate item) : Predicate
{
    public override bool Matches(in AttributeValue value)
    {
        if (value.Kind != AttributeKind.List) return false;
        foreach (ref readonly var candidate in value.Items.AsSpan())
        {
            if (candidate.Kind != AttributeKind.Null && item.Matches(candidate)) return true;
        }

        return false;
    }
}

/// <summary>A list that has, for each part, an item that matches it.</summary>
internal sealed class HasEach(Predicate[] parts) : Predicate
{
    public override bool Matches(in AttributeValue value)
    {
        if (value.Kind != AttributeKind.List) return false;
        foreach (var part in parts)
        {
            if (!Has(value.Items, part)) return false;
        }

        return true;
    }

    private static bool Has(ReadOnlySpan<AttributeValue> items, Predicate part)
    {
        foreach (ref readonly var item in items)
        {
            if (part.Matches(item)) return true;
        }

        return false;
    }
}

internal sealed class IsMatch(JavaScriptPattern pattern, bool wanted) : Predicate
{
    public override bool Matches(in AttributeValue value) => pattern.Matches(value) == wanted;
}

internal sealed class IsOfType(string type) : Predicate
{
    public override bool Matches(in AttributeValue value) => type == value.Kind switch
    {
        AttributeKind.Null => "null",
        AttributeKind.True or AttributeKind.False => "boolean",
        AttributeKind.Number => "number",
        AttributeKind.Text => "string",
        AttributeKind.List => "array",
        _ => "object",
    };
}

/// <summary>Compares versions; see <see cref="PaddedVersion"/>.</summary>
internal sealed class IsVersion(Order order, in AttributeValue expected) : Predicate
{
    private readonly string padded = PaddedVersion.Of(expected);

    public override bool Matches(in AttributeValue value)
    {
        var comparison = PaddedVersion.Compare(value, padded);
        return order switch
        {
            Order.Less => comparison < 0,
            Order.LessOrEqual => comparison <= 0,
            Order.Greater => comparison > 0,
            _ => comparison >= 0,
        };
    }
}

internal sealed class IsSameVersion(in AttributeValue expected) : Predicate
{
    private readonly string padded = PaddedVersion.Of(expected);

    public override bool Matches(in AttributeValue value) => PaddedVersion.Compare(value, padded) == 0;
}
