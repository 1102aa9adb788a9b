using System.Globalization;
using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>What to try after one run failed. Each piece is given only where the record bears it out.</summary>
internal static class RunAdvice
{
    private const int FewOptions = 4;
    private const int Alternatives = 3;

    public static IReadOnlyList<Advice> For(Run run, Decision? root, IReadOnlyList<Repetition> repetitions, string? cause, IntentTally? elsewhere)
    {
        var advice = new List<Advice>();
        if (root is not null)
        {
            advice.AddRange(OtherOptions(run, root, elsewhere));
            if (NoContext(run, root)) advice.Add(new Advice($"The decision {root.Id} had no input context, others of this run had: give the agent what it knew there.", [RunFailure.Ref(run, root)]));
            advice.AddRange(Constraints(run, root));
        }

        foreach (var repetition in repetitions.Take(Alternatives))
        {
            advice.Add(new Advice(
                string.Create(CultureInfo.InvariantCulture, $"The same call was made {repetition.DecisionIds.Count} times with the same {(repetition.Failed ? "error" : "result")}, nothing changed in between: {repetition.Line}. Give the agent the earlier result, or stop after the first."),
                repetition.DecisionIds));
        }

        foreach (var fix in run.Problems.Where(p => !string.IsNullOrWhiteSpace(p.SuggestedFix)).DistinctBy(p => p.SuggestedFix, StringComparer.Ordinal))
            advice.Add(new Advice(fix.SuggestedFix!, fix.DecisionId is { } id ? [new DecisionRef(run.Id.Value, id)] : []));
        if (root is null && run.Status is RunStatus.Failed)
        {
            advice.Add(new Advice(
                (cause is null ? "No step shows where it went wrong: let the agent check its result against the goal"
                    : $"No step shows where it went wrong: let the agent check its result for what was wrong here ({InsightText.Cut(cause, 200)})")
                + " before it ends, and record that check as a decision.",
                []));
        }

        return advice;
    }

    // With many options "another one" says nothing; what succeeded elsewhere for the same intent does.
    private static IEnumerable<Advice> OtherOptions(Run run, Decision root, IntentTally? elsewhere)
    {
        var offered = root.Options.Where(o => o.Id != root.ChosenOptionId && o.ActionType != Option.Ends).Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        if (offered.Count == 0) yield break;
        var tallies = elsewhere?.Options ?? [];
        var chosen = tallies.FirstOrDefault(o => o.Option == root.ChosenOptionId)?.Success.Rate ?? 0;
        var better = tallies.Where(o => offered.Contains(o.Option) && o.Succeeded > 0 && o.Success.Rate > chosen)
            .OrderByDescending(o => o.Success.Wilson!.Value.Low).ThenBy(o => o.Option, StringComparer.Ordinal).Take(Alternatives).ToList();
        foreach (var option in better)
        {
            yield return new Advice(
                $"{Name(root, option.Option)} was offered and not taken; for the same intent it succeeded in {InsightText.Of(option.Success)} of its decisions.",
                [RunFailure.Ref(run, root)]);
        }

        if (better.Count == 0 && root.Options.Count <= FewOptions && offered.All(id => tallies.All(o => o.Option != id || o.Chosen == 0)))
        {
            yield return new Advice(
                $"Nobody has tried {string.Join(" or ", offered.Order(StringComparer.Ordinal).Select(id => Name(root, id)))} for this intent yet.", [RunFailure.Ref(run, root)]);
        }
    }

    private static bool NoContext(Run run, Decision root) =>
        root.InputContext.GetPropertyCount() == 0 && run.Decisions.Any(d => d.InputContext.GetPropertyCount() > 0);

    private static IEnumerable<Advice> Constraints(Run run, Decision root)
    {
        var kept = run.Decisions.Where(d => d.WasSuccessful).SelectMany(d => d.ActiveConstraints).ToHashSet(StringComparer.Ordinal);
        var error = RunFailure.Error(root);
        foreach (var constraint in root.ActiveConstraints.Distinct(StringComparer.Ordinal))
        {
            if (constraint.Length > 0 && error.Contains(constraint, StringComparison.OrdinalIgnoreCase))
                yield return new Advice($"The error names the constraint \"{constraint}\"; it may be too strict.", [RunFailure.Ref(run, root)]);
            else if (!kept.Contains(constraint))
                yield return new Advice($"No decision of this run succeeded under the constraint \"{constraint}\"; it may be too strict.", [RunFailure.Ref(run, root)]);
        }
    }

    private static string Name(Decision decision, string id) =>
        decision.Options.FirstOrDefault(o => o.Id == id) is { Description.Length: > 0 } option && option.Description != id ? $"\"{option.Description}\" ({id})" : $"\"{id}\"";
}
