namespace Pawl.Metrics;

/// <summary>Where the values of a metric come from.</summary>
public abstract record MetricInput
{
    private MetricInput()
    {
    }

    /// <summary>
    /// The user's own statement: one SELECT with the columns <c>unit</c>, <c>at</c> and <c>value</c>. It may use the parameters
    /// <c>@flag</c>, <c>@start</c> and <c>@until</c>.
    /// </summary>
    /// <param name="Text">The statement.</param>
    public sealed record Sql(string Text) : MetricInput;

    /// <summary>Events that were posted to Pawl; one without a value counts as 1.</summary>
    /// <param name="Name">The events' name.</param>
    public sealed record Event(string Name) : MetricInput;

    /// <summary>Pawl's own runs: a value for each run that was served a variant and has ended.</summary>
    /// <param name="Of">What of a run.</param>
    public sealed record Run(RunMeasure Of) : MetricInput;

    /// <summary>
    /// The user's own PromQL, whose answer is one series for each arm. <c>@flag</c> in a quoted label matcher stands for the flag's key,
    /// <c>@lookback</c> as a duration for how far to look back.
    /// </summary>
    /// <param name="Text">The expression.</param>
    /// <param name="Label">The label of the answer's series that names the variant.</param>
    public sealed record Query(string Text, string Label) : MetricInput;
}

/// <summary>What is measured of a run.</summary>
public enum RunMeasure
{
    /// <summary>Whether it completed, 1 or 0. One that failed, got stuck or was cancelled did not.</summary>
    Success,

    /// <summary>The tokens of its decisions' last outcomes.</summary>
    Tokens,

    /// <summary>The milliseconds of its decisions' last outcomes.</summary>
    Latency,

    /// <summary>The problems that were reported during it, or of it.</summary>
    Problems,
}
