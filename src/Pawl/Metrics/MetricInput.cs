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

    /// <summary>
    /// The user's own PromQL, whose answer is one series for each arm. <c>@flag</c> in a quoted label matcher stands for the flag's key,
    /// <c>@lookback</c> as a duration for how far to look back.
    /// </summary>
    /// <param name="Text">The expression.</param>
    /// <param name="Label">The label of the answer's series that names the variant.</param>
    public sealed record Query(string Text, string Label) : MetricInput;
}
