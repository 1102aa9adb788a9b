namespace Pawl.Flags;

/// <summary>A yes or no about one value: a node of a compiled condition.</summary>
internal abstract class Predicate
{
    public abstract bool Matches(in AttributeValue value);

    /// <summary>The part of it that does not match, in words; null where all of it does.</summary>
    public virtual string? Obstacle(in AttributeValue value) => Matches(value) ? null : "this part";
}

internal sealed class Constant(bool answer, string name = "this part") : Predicate
{
    public override bool Matches(in AttributeValue value) => answer;

    public override string? Obstacle(in AttributeValue value) => answer ? null : name;
}

internal sealed class All(Predicate[] parts) : Predicate
{
    public override bool Matches(in AttributeValue value)
    {
        foreach (var part in parts)
        {
            if (!part.Matches(value)) return false;
        }

        return true;
    }

    public override string? Obstacle(in AttributeValue value)
    {
        foreach (var part in parts)
        {
            if (part.Obstacle(value) is { } obstacle) return obstacle;
        }

        return null;
    }
}

internal sealed class Any(Predicate[] parts) : Predicate
{
    public override bool Matches(in AttributeValue value)
    {
        // An empty list is true: specification, section evalOr.
        foreach (var part in parts)
        {
            if (part.Matches(value)) return true;
        }

        return parts.Length == 0;
    }

    public override string? Obstacle(in AttributeValue value) => Matches(value) ? null : "every alternative of $or";
}

internal sealed class Not(Predicate part, string name = "$not") : Predicate
{
    public override bool Matches(in AttributeValue value) => !part.Matches(value);

    public override string? Obstacle(in AttributeValue value) => Matches(value) ? null : name;
}

/// <summary>The value at a dotted path; where there is none, null.</summary>
internal sealed class AtPath(string path, Predicate part) : Predicate
{
    private readonly string[] steps = path.Split('.');

    public override bool Matches(in AttributeValue value)
    {
        if (steps.Length > 1 || value.Kind != AttributeKind.Object) return part.Matches(AttributePath.Find(value, steps));
        value.Members.TryGet(path, out var found);
        return part.Matches(found);
    }

    public override string? Obstacle(in AttributeValue value) => Matches(value) ? null : path;
}

/// <summary>Where a dotted path leads.</summary>
internal static class AttributePath
{
    public static AttributeValue Find(in AttributeValue value, string[] steps)
    {
        var current = value;
        foreach (var step in steps)
        {
            if (current.Kind == AttributeKind.Object)
            {
                if (!current.Members.TryGet(step, out current)) return default;
            }
            else if (current.Kind == AttributeKind.List)
            {
                // To JavaScript a list is an object with the members "0", "1", … and "length".
                var items = current.Items;
                if (step == "length") current = AttributeValue.From(items.Length);
                else if (AttributeMembers.Index(step) is { } index && index < items.Length) current = items[index];
                else return default;
            }
            else
            {
                return default;
            }
        }

        return current;
    }
}
