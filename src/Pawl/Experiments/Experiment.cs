using System.Globalization;

namespace Pawl.Experiments;

/// <summary>An experiment as it stands: its contract, which never changes, and how far it has come.</summary>
public sealed record Experiment
{
    /// <summary>What was registered.</summary>
    public required Contract Contract { get; init; }

    /// <summary>How often what follows was changed: 1 once registered. A change is a compare-and-swap on it.</summary>
    public long Version { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Who registered it.</summary>
    public required string RegisteredBy { get; init; }

    /// <summary>The experiment run, <c>RUN-</c> and 8 hex digits; null: not started.</summary>
    public string? RunId { get; init; }

    /// <summary>When the run was started: exposures count from here on.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the run was stopped: exposures count up to here.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>When traffic was allocated at the present step of the ramp; null: not yet.</summary>
    public DateTimeOffset? AllocatedAt { get; init; }

    /// <summary>The flag's version after traffic was allocated last; null: not allocated yet, or by a release that did not note it. At another version somebody changed the flag by hand.</summary>
    public long? FlagVersion { get; init; }

    /// <summary>The present step of the ramp, from 0.</summary>
    public int RampStep { get; init; }

    /// <summary>The step of the ramp that a look found time for; null: none.</summary>
    public int? WidenTo { get; init; }

    /// <summary>Looks in this step at which every treatment was ready and no guardrail breached.</summary>
    public int ReadyLooks { get; init; }

    /// <summary>Looks made so far.</summary>
    public int Looks { get; init; }

    /// <summary>When the last look was made; null: none yet.</summary>
    public DateTimeOffset? LastLookAt { get; init; }

    /// <summary>When the last look was made that might decide and could measure everything; null: none yet.</summary>
    public DateTimeOffset? LastVerdictLookAt { get; init; }

    /// <summary>The first of the looks in a row at which not everything could be measured; null: at the last look it could.</summary>
    public DateTimeOffset? UnmeasuredSince { get; init; }

    /// <summary>The promotion that waits for a person, or was approved; null: none.</summary>
    public ApprovalState? Approval { get; init; }

    /// <summary>What a group sequential test spent α on: of each treatment, the information at each look that was tested, as a fraction of the plan.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Information { get; init; } = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);

    /// <summary>The strict guardrails that were beyond their limit at the last look, as <c>metric/arm</c>: a breach takes two in a row.</summary>
    public IReadOnlyList<string> Beyond { get; init; } = [];

    /// <summary>The verdict that ends it; null while it runs.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The flag's version that the verdict's promotion or rollback is meant for; null: no verdict yet.</summary>
    public long? EndingVersion { get; init; }

    /// <summary>The flag's version after the promotion or the rollback that the verdict demands; null: not yet.</summary>
    public long? SettledVersion { get; init; }

    /// <summary>The ticket that the verdict demands; null: none yet.</summary>
    public string? Ticket { get; init; }

    /// <summary>When everything that the verdict demands was done and read back; null: not yet, so that the state is not reported.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The snapshot made at the end; null: none.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Its id: <c>EXP-</c> and 8 hex digits.</summary>
    public string Id => Contract.Id;

    /// <summary>The state as people may rely on it: a verdict counts only once it was carried out and read back.</summary>
    public string State => this switch
    {
        { EndedAt: not null, Verdict: { } verdict } => verdict.State,
        { Verdict: not null } => "ending",
        { AllocatedAt: not null } => "running",
        _ => "starting",
    };

    /// <summary>Whether it counts among those that run.</summary>
    public bool IsActive => EndedAt is null;

    /// <summary>What somebody else than the experiment did to its flag, in words, and what to do; null: nothing.</summary>
    internal string? ByHand(ServedState? served)
    {
        if (FlagVersion is not { } own || served?.Version == own || served?.MadeFor == Contract.Hash) return null;
        var found = served is null ? "is gone" : string.Create(CultureInfo.InvariantCulture, $"was changed by hand, to version {served.Version}");
        return $"the flag {Contract.Terms.FlagKey} {found}: nothing is widened or promoted over that. End the experiment with `pawl experiment stop {Id}` or `pawl experiment rollback {Id}`";
    }
}

/// <summary>A verdict to promote that waits for a person, or was approved.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="At">When it began to wait.</param>
/// <param name="ApprovedBy">Who approved; null: nobody yet.</param>
/// <param name="ApprovedAt">When; null: not yet.</param>
public sealed record ApprovalState(string Arm, DateTimeOffset At, string? ApprovedBy = null, DateTimeOffset? ApprovedAt = null);
