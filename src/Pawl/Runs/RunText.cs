using System.Globalization;

namespace Pawl.Runs;

/// <summary>The texts that are derived from a run: one line a decision, and the narrative.</summary>
public static class RunText
{
    /// <summary>A decision in one line: <c>✓ [node] intent → what was chosen</c>, and its quality where it was judged.</summary>
    public static string Line(Decision decision)
    {
        var mark = decision.WasSuccessful ? '✓' : '✗';
        var action = decision.ChosenOption is { } chosen
            ? chosen.Description.Length > 0 ? chosen.Description : chosen.Id
            : "unknown action";
        var quality = decision.Evaluation is { } judged
            ? string.Create(CultureInfo.InvariantCulture, $" [quality: {judged.OutcomeQuality:0.0###}]")
            : "";
        return $"{mark} [{decision.NodeId}] {decision.Intent} → {action}{quality}";
    }

    /// <summary>What happened in a run, in a few sentences made from its status, its decisions and its problems.</summary>
    public static string Narrative(Run run)
    {
        var metrics = run.Metrics;
        var sentences = new List<string>
        {
            run.Status switch
            {
                RunStatus.Completed => "Run completed successfully.",
                RunStatus.Failed => "Run failed.",
                RunStatus.Stuck => "Run stuck.",
                RunStatus.Cancelled => "Run cancelled.",
                _ => "Run still going on.",
            },
            string.Create(CultureInfo.InvariantCulture,
                $"Made {metrics.TotalDecisions} decisions: {metrics.SuccessfulDecisions} succeeded, {metrics.FailedDecisions} failed."),
        };
        Add("Critical issues: ", RunSummary.Descriptions(run, Severity.Critical));
        Add("Warnings: ", RunSummary.Descriptions(run, Severity.Warning));
        Add("Failed on: ", run.Decisions.Where(d => d.Outcome is { Success: false }).Take(3).Select(d => d.Intent));
        return string.Join(' ', sentences);

        void Add(string label, IEnumerable<string> items)
        {
            var text = string.Join(", ", items);
            if (text.Length > 0) sentences.Add(label + text);
        }
    }

    /// <summary>The word for a status in JSON, such as <c>running</c>.</summary>
    public static string Word(RunStatus status) => status switch
    {
        RunStatus.Running => "running",
        RunStatus.Completed => "completed",
        RunStatus.Failed => "failed",
        RunStatus.Stuck => "stuck",
        RunStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "This is no run status."),
    };

    /// <summary>The word for a decision's type in JSON, such as <c>tool_selection</c>.</summary>
    public static string Word(DecisionType type) => type switch
    {
        DecisionType.ToolSelection => "tool_selection",
        DecisionType.ParameterChoice => "parameter_choice",
        DecisionType.PathChoice => "path_choice",
        DecisionType.OutputFormat => "output_format",
        DecisionType.RetryStrategy => "retry_strategy",
        DecisionType.Delegation => "delegation",
        DecisionType.Termination => "termination",
        DecisionType.Custom => "custom",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "This is no decision type."),
    };
}
