namespace Pawl.Runs;

/// <summary>What somebody who improves the agent reads first about a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="GoalId">Its goal.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DurationMs">Whole milliseconds from start to end; 0 while it has not ended.</param>
/// <param name="DecisionCount">All decisions.</param>
/// <param name="SuccessRate">Successful over decided, from 0 to 1; 0 while nothing is decided.</param>
/// <param name="ProblemCount">All problems.</param>
/// <param name="Narrative">What happened, in words.</param>
/// <param name="KeyDecisions">The first five decisions that failed or whose outcome was judged above 0.8, a line each.</param>
/// <param name="CriticalProblems">The critical problems' descriptions.</param>
/// <param name="Warnings">The warnings' descriptions.</param>
/// <param name="Successes">The first three outcome summaries of successful decisions.</param>
public sealed record RunSummary(
    RunId RunId,
    string GoalId,
    RunStatus Status,
    long DurationMs,
    int DecisionCount,
    double SuccessRate,
    int ProblemCount,
    string Narrative,
    IReadOnlyList<string> KeyDecisions,
    IReadOnlyList<string> CriticalProblems,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Successes)
{
    /// <summary>The summary of a run.</summary>
    public static RunSummary Of(Run run)
    {
        var metrics = run.Metrics;
        return new RunSummary(
            run.Id,
            run.GoalId,
            run.Status,
            run.DurationMs,
            run.Decisions.Count,
            metrics.SuccessRate,
            run.Problems.Count,
            run.Narrative.Length > 0 ? run.Narrative : RunText.Narrative(run),
            [.. run.Decisions.Where(IsKey).Take(5).Select(RunText.Line)],
            [.. Descriptions(run, Severity.Critical)],
            [.. Descriptions(run, Severity.Warning)],
            [.. run.Decisions.Where(d => d.WasSuccessful && d.Outcome!.Summary.Length > 0).Take(3).Select(d => d.Outcome!.Summary)]);
    }

    /// <summary>Writes the summary under the JSON names of the record.</summary>
    public void WriteTo(System.Text.Json.Utf8JsonWriter writer) => RunJsonWriter.Summary(writer, this);

    internal static IEnumerable<string> Descriptions(Run run, string severity) =>
        run.Problems.Where(p => p.Severity == severity).Select(p => p.Description);

    private static bool IsKey(Decision decision) =>
        decision.Outcome is { Success: false } || decision.Evaluation is { OutcomeQuality: > 0.8 };
}
