namespace Pawl.Flags;

/// <summary>Why a unit got the value that it got.</summary>
public enum FlagReason
{
    /// <summary>No rule served it: the flag's default.</summary>
    Default,

    /// <summary>A rule served it.</summary>
    Rule,

    /// <summary>It was split among variants.</summary>
    Split,

    /// <summary>The context forces this value.</summary>
    Override,

    /// <summary>The fallback: a prerequisite closes the flag, or the flag has no value for this unit.</summary>
    NoValue,

    /// <summary>The fallback: there is no such flag, or it is archived.</summary>
    NotFound,

    /// <summary>The fallback: the value is none of the type that was asked for.</summary>
    TypeMismatch,

    /// <summary>The fallback: the flag cannot be evaluated; <see cref="FlagValue{T}.Error"/> says why.</summary>
    Error,
}

/// <summary>A flag's value for one unit, and why it is that.</summary>
/// <typeparam name="T">What the caller asked for.</typeparam>
/// <param name="Value">The value, or the fallback.</param>
/// <param name="Reason">Why.</param>
public readonly record struct FlagValue<T>(T Value, FlagReason Reason)
{
    /// <summary>The variant's name; of flags from a payload the arm of a split; else null.</summary>
    public string? Variant { get; init; }

    /// <summary>The id of the rule that served it; empty where it has none, or none did.</summary>
    public string RuleId { get; init; } = "";

    /// <summary>The flag's version; 0 where the flags come from a payload.</summary>
    public long Version { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the caller's fallback stands for the value.</summary>
    public bool IsFallback => Reason >= FlagReason.NoValue;
}
