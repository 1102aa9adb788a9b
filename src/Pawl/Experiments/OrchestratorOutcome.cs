namespace Pawl.Experiments;

/// <summary>What came of asking for an experiment.</summary>
public abstract record StartOutcome
{
    private StartOutcome()
    {
    }

    /// <summary>It may be started; of a plan alone, nothing was done.</summary>
    /// <param name="Contract">What would be registered.</param>
    /// <param name="Answer">The plan.</param>
    public sealed record Planned(Contract Contract, PlannerAnswer Answer) : StartOutcome;

    /// <summary>It runs; or it did already, and nothing was done twice.</summary>
    /// <param name="Experiment">As it stands.</param>
    /// <param name="Answer">The plan it was begun with; null where nothing was left to begin.</param>
    public sealed record Started(Experiment Experiment, PlannerAnswer? Answer) : StartOutcome;

    /// <summary>Something is missing.</summary>
    /// <param name="Missing">Every missing field.</param>
    public sealed record NeedsInput(IReadOnlyList<MissingField> Missing) : StartOutcome;

    /// <summary>It may not be started: nothing was done.</summary>
    /// <param name="Reasons">Why, each with the clause or the thing it is about.</param>
    public sealed record Refused(IReadOnlyList<string> Reasons) : StartOutcome;
}

/// <summary>What came of carrying an experiment on.</summary>
public abstract record AdvanceOutcome
{
    private AdvanceOutcome(Experiment experiment) => Experiment = experiment;

    /// <summary>As it stands.</summary>
    public Experiment Experiment { get; }

    /// <summary>There is nothing to do before a time.</summary>
    /// <param name="Of">The experiment.</param>
    /// <param name="Next">When there is.</param>
    /// <param name="Look">The look that was made now; null: none was due.</param>
    /// <param name="Why">What stands in the way besides the time; null: nothing.</param>
    public sealed record Waiting(Experiment Of, DateTimeOffset Next, LookReport? Look, string? Why = null) : AdvanceOutcome(Of);

    /// <summary>It has ended: the verdict is carried out, read back, and has its receipts.</summary>
    /// <param name="Of">The experiment.</param>
    /// <param name="Look">The look that ended it, where it was made now.</param>
    public sealed record Ended(Experiment Of, LookReport? Look) : AdvanceOutcome(Of);
}

/// <summary>What came of a person's word on an experiment.</summary>
public abstract record WordOutcome
{
    private WordOutcome()
    {
    }

    /// <summary>It counts.</summary>
    /// <param name="Experiment">As it stands.</param>
    public sealed record Taken(Experiment Experiment) : WordOutcome;

    /// <summary>It does not: nothing was done.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record Refused(string Reason) : WordOutcome;
}
