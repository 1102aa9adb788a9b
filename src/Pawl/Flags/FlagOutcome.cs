using Pawl.Ledger;

namespace Pawl.Flags;

/// <summary>What came of changing a flag.</summary>
public abstract record FlagOutcome
{
    private FlagOutcome()
    {
    }

    /// <summary>It is changed once the transaction commits, and was read back.</summary>
    /// <param name="Flag">As it stands now.</param>
    /// <param name="Receipt">The receipt of the change.</param>
    public sealed record Changed(Flag Flag, Receipt Receipt) : FlagOutcome
    {
        /// <summary>What people should know of it, as a sentence: which part of the units a new split moves. Null for nothing.</summary>
        public string? Note { get; init; }
    }

    /// <summary>The very same change was made before: nothing was done.</summary>
    /// <param name="Flag">As that change left it; it may have been changed since.</param>
    /// <param name="Receipt">The receipt of then.</param>
    public sealed record Repeated(Flag Flag, Receipt Receipt) : FlagOutcome;

    /// <summary>Somebody else changed the flag meanwhile: nothing was done.</summary>
    /// <param name="Key">The flag.</param>
    /// <param name="ExpectedVersion">The version the change was meant for; 0: none.</param>
    /// <param name="CurrentVersion">The version that stands.</param>
    public sealed record Conflict(string Key, long ExpectedVersion, long CurrentVersion) : FlagOutcome
    {
        /// <summary>The conflict in words.</summary>
        public string Message => ExpectedVersion == 0
            ? $"There is a flag {Key} already, at version {CurrentVersion}. Change that one, or choose another key."
            : $"The flag {Key} is at version {CurrentVersion}, not {ExpectedVersion}: somebody changed it. Look at what it is now, then try again with that version.";
    }

    /// <summary>There is no such flag.</summary>
    /// <param name="Key">The key asked for.</param>
    public sealed record NotFound(string Key) : FlagOutcome;

    /// <summary>What was asked for is not possible: nothing was done.</summary>
    /// <param name="Reason">What is wrong, where, and what to do.</param>
    public sealed record Refused(string Reason) : FlagOutcome;
}

/// <summary>Who changes a flag, and on what ground.</summary>
public sealed record FlagAct
{
    /// <summary>The version the change is meant for. A flag that moved on meanwhile is left alone.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>Who acts: <c>os:mara</c>, <c>agent:tidy</c>. At most 256 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>Why; at most <see cref="Limits.FlagReasonCharacters"/>.</summary>
    public string Why { get; init; } = "";

    /// <summary>The hash of the contract under which it is done; null where there is none.</summary>
    public string? Contract { get; init; }

    /// <summary>The idempotency key where the caller derived one; null: derived from tool, flag, expected version and target.</summary>
    public string? Key { get; init; }

    /// <summary>The arguments as the caller was given them, of which the receipt keeps the digest; undefined: flag, expected version and what is to change.</summary>
    public System.Text.Json.JsonElement Args { get; init; }
}

/// <summary>How units are split among variants.</summary>
public sealed record Allocation
{
    /// <summary>Two or more variants, each once, and their weights, from 0 to 1; together 1, within 0.01.</summary>
    public required IReadOnlyList<(string Variant, double Weight)> Split { get; init; }

    /// <summary>The part of all units that is in, from 0 to 1. Raising it moves no unit between variants.</summary>
    public double Coverage { get; init; } = 1;

    /// <summary>Who is asked at all: a GrowthBook condition; undefined for everyone.</summary>
    public System.Text.Json.JsonElement Condition { get; init; }

    /// <summary>What the hash is seeded with. Null: the flag's seed.</summary>
    public string? Seed { get; init; }

    /// <summary>The attribute that names the unit.</summary>
    public string HashAttribute { get; init; } = "id";
}
