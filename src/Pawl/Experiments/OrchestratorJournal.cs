using Pawl.Runs;

namespace Pawl.Experiments;

/// <summary>The orchestrator's own decisions, recorded as those of any other agent.</summary>
internal sealed class OrchestratorJournal(Func<Task<ActiveRun>>? open)
{
    private static readonly string[] States = ["running", "guardrail_stop", "promote", "rollback", "inconclusive"];

    public Task PlannedAsync(Contract contract, PlannerAnswer answer) => RecordAsync(
        "plan", $"begin {contract.Id}", [answer.By, .. answer.By == RuleBasedPlanner.Name ? [] : new[] { RuleBasedPlanner.Name }], answer.By,
        answer.Notes.Count > 0 ? string.Join("; ", answer.Notes) : answer.Plan.Summary, string.Join(", ", answer.Plan.ToolProposals.Select(proposal => proposal.Name)));

    public Task LookedAsync(Experiment experiment, LookReport look) => RecordAsync(
        "look", $"judge look {look.Number} of {experiment.Id}", States, look.Verdict.State, string.Join("; ", look.Verdict.Reasons.Select(reason => reason.Text)), $"MET-{experiment.RunId}-{look.Number}");

    public Task EndedAsync(Experiment experiment, Verdict verdict) => RecordAsync(
        "end", $"end {experiment.Id}", [.. verdict.Tools.Append("leave it")], verdict.Tools[0], verdict.State, "read back and matched");

    public Task DecideAsync(Experiment experiment, string node, IReadOnlyList<string> options, string chosen, string why) =>
        RecordAsync(node, $"{node} {experiment.Id}", options, chosen, why, chosen);

    private async Task RecordAsync(string node, string intent, IReadOnlyList<string> options, string chosen, string why, string result)
    {
        if (open is null) return;
        var run = await open().ConfigureAwait(false);
        run.SetNode(node);
        var decision = await run.DecideAsync(intent, [.. options.Select(option => new Option { Id = option, Description = option })], chosen, why).ConfigureAwait(false);
        await run.RecordOutcomeAsync(decision, new Outcome { Success = true, Summary = ShortText.Start(result, 500) }).ConfigureAwait(false);
    }
}
