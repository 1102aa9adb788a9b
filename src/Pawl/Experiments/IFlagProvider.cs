using System.Text.Json;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>Whatever serves an experiment's variants: Pawl's own flags, or a file that another flag system reads.</summary>
public interface IFlagProvider
{
    /// <summary>Its name, for receipts and people: <c>pawl</c>, <c>flagd</c>.</summary>
    string Name { get; }

    /// <summary>What is served now; null where there is no such flag.</summary>
    /// <exception cref="UnavailableException">It cannot be read now.</exception>
    Task<ServedState?> ReadAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Does one step: compare-and-swap on the version, read back and compared, with its receipt under the step's key. The commit is called once, in the
    /// transaction of the receipt that says it is done. Where the effect is outside the database, an intent is appended before it. A step that was
    /// done before is repeated, and the commit is called with the first receipt.
    /// </summary>
    Task<FlagStepOutcome> ApplyAsync(FlagStep step, StepCommit commit, CancellationToken cancellationToken);
}

/// <summary>What belongs to a step besides its receipt: the experiment's own progress. It throws where the experiment has moved, and then nothing is kept.</summary>
public delegate void StepCommit(ITransaction transaction, Receipt receipt);

/// <summary>One change of what an experiment's flag serves.</summary>
public sealed record FlagStep
{
    /// <summary>What is to be done.</summary>
    public required FlagStepKind Kind { get; init; }

    /// <summary>The contract: the flag's key, its arms and their values, split, exposure rules, seed.</summary>
    public required Contract Contract { get; init; }

    /// <summary>The version the change is meant for; 0: there is no flag yet.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>The idempotency key.</summary>
    public required string Key { get; init; }

    /// <summary>The arguments as they were proposed and verified.</summary>
    public required JsonElement Args { get; init; }

    /// <summary>The part of the population that is in, in percent; of an allocation.</summary>
    public double Coverage { get; init; } = 100;

    /// <summary>The arm that everyone gets; of a promotion or a rollback.</summary>
    public string Arm { get; init; } = ExperimentRequest.ControlName;

    /// <summary>Who acts.</summary>
    public required string Actor { get; init; }

    /// <summary>Why.</summary>
    public string Why { get; init; } = "";
}

/// <summary>The changes of a flag that an experiment makes.</summary>
public enum FlagStepKind
{
    /// <summary>The flag with its variants; everyone gets the control. Tool <c>CreateFlag</c>, receipt <c>FLAG-{key}</c>.</summary>
    Create,

    /// <summary>The split, for a part of the population. Tool <c>AllocateTraffic</c>, receipt <c>ALLOC-{flag}@{version}</c>.</summary>
    Allocate,

    /// <summary>Everyone gets the winner. Tool <c>PromoteVariant</c>, receipt <c>PROM-{variant}@{version}</c>.</summary>
    Promote,

    /// <summary>Everyone gets the control. Tool <c>RollbackVariant</c>, receipt <c>RB-{variant}@{version}</c>.</summary>
    RollBack,
}

/// <summary>What a flag serves.</summary>
public sealed record ServedState
{
    /// <summary>The flag's version, above 0.</summary>
    public required long Version { get; init; }

    /// <summary>Whether its variants are the contract's arms with their values can be asked of this: the SHA-256 of each variant's value, by name.</summary>
    public required IReadOnlyDictionary<string, string> Variants { get; init; }

    /// <summary>The variant of everyone whom no rule serves; null: none.</summary>
    public required string? Default { get; init; }

    /// <summary>Whether anything else than the default is served to anybody: a split or another rule.</summary>
    public required bool HasRules { get; init; }

    /// <summary>The part of the population that a split covers, in percent; 0 where there is none.</summary>
    public required double Coverage { get; init; }

    /// <summary>
    /// The hash of the contract whose step made this version, where the flag itself says so: what a crash left without its receipt is no change by hand. Null: it does not say.
    /// </summary>
    public string? MadeFor { get; init; }

    /// <summary>Whether everyone gets this variant.</summary>
    public bool IsEveryones(string variant) => !HasRules && Default == variant;
}

/// <summary>What came of a step.</summary>
public abstract record FlagStepOutcome
{
    private FlagStepOutcome()
    {
    }

    /// <summary>It is done, read back, and has its receipt; now, or before.</summary>
    /// <param name="Receipt">The receipt.</param>
    /// <param name="Version">The flag's version after it.</param>
    public sealed record Done(Receipt Receipt, long Version) : FlagStepOutcome;

    /// <summary>The flag moved meanwhile: nothing was done.</summary>
    /// <param name="CurrentVersion">The version that stands.</param>
    public sealed record Conflict(long CurrentVersion) : FlagStepOutcome;

    /// <summary>It cannot be done: nothing was.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record Refused(string Reason) : FlagStepOutcome;
}
