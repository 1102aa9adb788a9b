using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>
/// Admits a plan only if every part of it follows from the contract and what is so now, whoever planned it. A plan repeats what was registered and what was
/// judged; it can choose among allowed steps, and cannot decide.
/// </summary>
public static class PlanVerifier
{
    private const int SummaryWords = 100;

    /// <summary>Verifies a plan. Steps are judged in order, each as if those before it were done.</summary>
    public static PlanJudgement Verify(Contract contract, ExperimentState state, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(plan);
        List<string> errors = [.. OfDocument(contract, state, plan)];
        var now = state;
        foreach (var (i, proposal) in plan.ToolProposals.Index())
        {
            var before = errors.Count;
            errors.AddRange(OfProposal(contract, state, now, proposal).Select(error => $"tool_proposals[{i}]: {error}"));
            if (errors.Count == before) now = After(contract, now, proposal.Name);
        }

        return errors.Count == 0 ? new PlanJudgement.Admitted() : new PlanJudgement.Refused(errors);
    }

    /// <summary>What is wrong with one step, as things are now; empty: it may be done.</summary>
    public static IReadOnlyList<string> Faults(Contract contract, ExperimentState state, ToolProposal proposal)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(proposal);
        return [.. OfProposal(contract, state, state, proposal)];
    }

    private static IEnumerable<string> OfDocument(Contract contract, ExperimentState state, Plan plan)
    {
        var request = contract.Request;
        var words = plan.Summary.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (words is 0 or > SummaryWords) yield return $"summary: expected 1 to {SummaryWords} words, found {words}";
        if (plan.Registration.ExpId != contract.Id) yield return $"registration.exp_id: expected {contract.Id}";
        if (plan.Registration.PrimaryMetric != request.PrimaryMetric) yield return $"registration.primary_metric: expected {request.PrimaryMetric}";
        if (!plan.Registration.Metrics.SequenceEqual(request.Metrics, StringComparer.Ordinal)) yield return "registration.metrics: they differ from the contract's";
        if (plan.Registration.Hypothesis != request.Hypothesis) yield return "registration.hypothesis: it differs from the contract's";
        if (!plan.Allocation.Arms.SequenceEqual(request.Arms.Select(arm => arm.Name), StringComparer.Ordinal)) yield return "allocation.arms: they differ from the contract's";
        if (plan.Allocation.TrafficSplit.Count != request.Arms.Count || request.Arms.Any(arm => !plan.Allocation.TrafficSplit.TryGetValue(arm.Name, out var percent) || percent != arm.Percent)) yield return "allocation.traffic_split: it differs from the contract's";
        if (!plan.Allocation.ExposureRules.SequenceEqual(request.ExposureRules, StringComparer.Ordinal)) yield return "allocation.exposure_rules: they differ from the contract's";
        if (plan.Monitoring.Checkpoints.Any(hours => hours is not > 0 || hours > request.MaxDurationDays * 24)) yield return "monitoring.checkpoints: a look is after the start and before the end";
        if (plan.Decision.State != (state.Recorded?.State ?? "running")) yield return $"decision.state: the verdict recorded is {state.Recorded?.State ?? "running"}; a plan does not make one";
        if (plan.Decision.Receipts.Except(state.Receipts, StringComparer.Ordinal).FirstOrDefault() is { } receipt) yield return $"decision.receipts: there is no receipt {ShortText.Start(receipt, 60)}";
        if (plan.Citations.Except(state.Policy.Clauses, StringComparer.Ordinal).FirstOrDefault() is { } clause) yield return $"citations: {ShortText.Start(clause, 60)} is no clause that applies";
    }

    private static IEnumerable<string> OfProposal(Contract contract, ExperimentState first, ExperimentState now, ToolProposal proposal)
    {
        if (ExperimentTool.Find(proposal.Name) is not { } tool)
        {
            yield return $"{ShortText.Start(proposal.Name, 60)} is no tool; there are {string.Join(", ", ExperimentTool.All.Select(t => t.Name))}";
            yield break;
        }

        var faults = tool.Faults(proposal.Args);
        foreach (var fault in faults) yield return fault;
        if (!proposal.Preconditions.Order(StringComparer.Ordinal).SequenceEqual(tool.Preconditions.Order(StringComparer.Ordinal), StringComparer.Ordinal))
            yield return $"{tool.Name}: its preconditions are {(tool.Preconditions.Count == 0 ? "none" : string.Join(", ", tool.Preconditions))}";
        if (faults.Count > 0) yield break;
        foreach (var error in OfSubject(contract, now, proposal)) yield return error;
        foreach (var precondition in tool.Preconditions.Where(precondition => !Holds(contract, now, proposal.Args, precondition))) yield return $"{tool.Name}: {precondition} does not hold: {Why(contract, now, precondition)}";
        var key = tool.Key(contract, RuleBasedPlanner.Step(first, tool.Name), proposal.Args);
        if (proposal.IdempotencyKey != key) yield return $"{tool.Name}: the idempotency key is {key}";
    }

    // A tool acts on this experiment and with what was registered, on nothing else.
    private static IEnumerable<string> OfSubject(Contract contract, ExperimentState now, ToolProposal proposal)
    {
        var request = contract.Document.GetProperty("request");
        (string Argument, JsonElement Expected)[] fixedOnes = proposal.Name switch
        {
            "RegisterExperiment" => [.. new[] { "domain", "primary_metric", "metrics", "hypothesis", "mde", "max_duration_days" }.Select(name => (name, request.GetProperty(name)))],
            "CreateFlag" => [("key", Json.From(contract.Terms.FlagKey)), ("variants", request.GetProperty("treatment_spec"))],
            "StartRun" => [("exp_id", Json.From(contract.Id)), ("population", request.GetProperty("population"))],
            "AllocateTraffic" => [("flag_key", Json.From(contract.Terms.FlagKey)), ("exposure_rules", request.GetProperty("exposure_rules"))],
            "CheckMetrics" => [("run_id", Json.From(now.RunId)), ("primary_metric", request.GetProperty("primary_metric")), ("guardrails", request.GetProperty("guardrails"))],
            "StopRun" or "SnapshotDashboard" => [("run_id", Json.From(RuleBasedPlanner.RunId(contract, now)))],
            "PromoteVariant" => [("flag_key", Json.From(contract.Terms.FlagKey))],
            "RollbackVariant" => [("flag_key", Json.From(contract.Terms.FlagKey)), ("to_variant", Json.From(ExperimentRequest.ControlName))],
            _ => [],
        };
        return fixedOnes.Where(pair => !IsSame(proposal.Args.GetProperty(pair.Argument), pair.Expected)).Select(pair => $"{proposal.Name}.{pair.Argument}: expected {ShortText.Start(pair.Expected.GetRawText(), 100)}");
    }

    private static bool Holds(Contract contract, ExperimentState now, JsonElement args, string precondition) => precondition switch
    {
        "contract_valid" => contract.Terms.Rule == VerdictRule.Version,
        "policy_allows" => now.Policy.IsAllowed,
        "below_max_concurrent" => now.RunningExperiments < contract.Request.MaxConcurrent,
        "registered" => now.IsRegistered,
        "key_free_or_same" => now.FlagVersion == 0 || now.IsFlagTheSame,
        "flag_exists" => now.FlagVersion > 0 && now.IsFlagTheSame,
        "run_started" or "running" => now.IsRunning,
        "split_equals_contract" => IsSame(args.GetProperty("split"), contract.Document.GetProperty("request").GetProperty("split"))
            && contract.Request.Ramp[now.RampStep] == args.GetProperty("coverage").GetDouble(),
        "window_closed" => now.IsWindowClosed,
        "look_due" => now.NextLook.IsDue,
        "promote_recorded" => now.Recorded is Verdict.Promote promote && args.GetProperty("variant").GetString() == promote.Arm,
        "approved_if_demanded" => contract.Terms.Approval == PromotedBy.Rule || now.ApprovedBy is not null,
        _ => throw new InvalidOperationException($"There is no precondition {precondition}."),
    };

    private static string Why(Contract contract, ExperimentState now, string precondition) => precondition switch
    {
        "contract_valid" => $"it is decided by {contract.Terms.Rule}, and this is {VerdictRule.Version}",
        "policy_allows" => string.Join("; ", now.Policy.Violations.Select(finding => $"{finding.Text} ({finding.Clause})")),
        "below_max_concurrent" => $"{now.RunningExperiments} other experiments are running, and {contract.Request.MaxConcurrent} may at the same time",
        "registered" => "the experiment is not registered",
        "key_free_or_same" => $"there is a flag {contract.Terms.FlagKey} with other variants or another default than {ExperimentRequest.ControlName}; give the request another slug",
        "flag_exists" => $"there is no flag {contract.Terms.FlagKey} with the contract's variants",
        "split_equals_contract" => "the split is not the contract's, or the coverage not that of the ramp's step",
        "window_closed" => "no data are complete yet",
        "look_due" => "the next look is later",
        "promote_recorded" => "no verdict to promote this variant is recorded",
        "approved_if_demanded" => "a person has to approve",
        _ => "the run is not going on",
    };

    private static ExperimentState After(Contract contract, ExperimentState now, string tool) => tool switch
    {
        "RegisterExperiment" => now with { IsRegistered = true },
        "CreateFlag" => now with { FlagVersion = Math.Max(now.FlagVersion, 1), IsFlagTheSame = true },
        "StartRun" => now with { RunId = now.RunId ?? "RUN-" + contract.Hash[..8], IsRunning = true },
        "AllocateTraffic" => now with { IsAllocated = true },
        "StopRun" => now with { IsRunning = false },
        "CheckMetrics" => now with { NextLook = (now.NextLook.Number, false) },
        _ => now,
    };

    private static bool IsSame(JsonElement a, JsonElement b)
    {
        try
        {
            return CanonicalJson.Digest(a) == CanonicalJson.Digest(b);
        }
        catch (BadInputException)
        {
            return false; // what has no canonical form is not what was registered
        }
    }
}

/// <summary>What the verifier makes of a plan.</summary>
public abstract record PlanJudgement
{
    private PlanJudgement()
    {
    }

    /// <summary>It may be carried out.</summary>
    public sealed record Admitted : PlanJudgement;

    /// <summary>It may not.</summary>
    /// <param name="Errors">Everything that is wrong with it, with its place.</param>
    public sealed record Refused(IReadOnlyList<string> Errors) : PlanJudgement;
}
