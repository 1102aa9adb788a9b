namespace Pawl.Experiments;

/// <summary>What is so at the moment a plan is made or verified: a snapshot, read from the ledger, the flags and the experiment, never assumed.</summary>
public sealed record ExperimentState
{
    /// <summary>What the policy makes of the request now.</summary>
    public required PolicyJudgement Policy { get; init; }

    /// <summary>Experiments that are running, this one left out.</summary>
    public int RunningExperiments { get; init; }

    /// <summary>Whether the receipt of the registration stands under this contract's hash.</summary>
    public bool IsRegistered { get; init; }

    /// <summary>The flag's version, of an experiment that ends the one that its promotion or rollback is meant for; 0: there is none.</summary>
    public long FlagVersion { get; init; }

    /// <summary>Whether the flag that is there has the contract's variants.</summary>
    public bool IsFlagTheSame { get; init; }

    /// <summary>The run; null: none was started.</summary>
    public string? RunId { get; init; }

    /// <summary>Whether the run goes on.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Whether units are being assigned, at the step of the ramp that is due.</summary>
    public bool IsAllocated { get; init; }

    /// <summary>The step of the ramp that is due, from 0.</summary>
    public int RampStep { get; init; }

    /// <summary>The number of the next look, from 1, and whether its time has come.</summary>
    public (int Number, bool IsDue) NextLook { get; init; } = (1, false);

    /// <summary>Whether there are units whose window is closed, or the contract has no window.</summary>
    public bool IsWindowClosed { get; init; }

    /// <summary>The verdict that is recorded; null: none yet.</summary>
    public Verdict? Recorded { get; init; }

    /// <summary>Whether what the verdict demands of the flag is done.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Whether the ticket that the verdict demands is open.</summary>
    public bool HasTicket { get; init; }

    /// <summary>Whether the snapshot at the end is made.</summary>
    public bool HasSnapshot { get; init; }

    /// <summary>Who approved the promotion; null: nobody.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>Receipts so far, by reference.</summary>
    public IReadOnlyList<string> Receipts { get; init; } = [];
}
