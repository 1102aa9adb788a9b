using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The planner that needs no model: what the contract says, step by step, from where the experiment stands. A pure function.</summary>
public sealed class RuleBasedPlanner : IPlanner
{
    /// <summary>What it is called in <see cref="PlannerAnswer.By"/>.</summary>
    public const string Name = "rule";

    /// <inheritdoc/>
    public Task<PlannerAnswer> PlanAsync(Contract contract, ExperimentState state, CancellationToken cancellationToken) =>
        Task.FromResult(new PlannerAnswer(Plan(contract, state), Name, []));

    /// <summary>Plans the next steps.</summary>
    public static Plan Plan(Contract contract, ExperimentState state)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(state);
        var request = contract.Request;
        return new Plan
        {
            Summary = $"{request.Slug}: {string.Join(", ", request.Treatments.Select(arm => arm.Name))} against {ExperimentRequest.ControlName} in {request.Domain}, decided on {request.PrimaryMetric}, "
                + $"planned with {contract.Terms.Plan.Total} units in {contract.Terms.Plan.Days.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture)} days, at most {VerdictRule.Shown(request.MaxDurationDays)}.",
            Registration = new PlanRegistration(contract.Id, request.PrimaryMetric, request.Metrics, request.Hypothesis),
            Allocation = new PlanAllocation([.. request.Arms.Select(arm => arm.Name)], request.Arms.ToDictionary(arm => arm.Name, arm => arm.Percent, StringComparer.Ordinal), request.ExposureRules),
            Monitoring = new PlanMonitoring(RunId(contract, state), [], [.. Enumerable.Range(1, contract.Terms.Plan.Looks).Select(look => look * request.Schedule.VerdictHours).Where(hours => hours <= request.MaxDurationDays * 24)]),
            Decision = new PlanDecision(state.Recorded?.State ?? "running", state.Recorded is { } verdict ? string.Join("; ", verdict.Reasons.Select(reason => reason.Text)) : "nothing is decided yet", state.Receipts),
            Citations = state.Policy.Clauses,
            ToolProposals = [.. Steps(contract, state).Select(step => Proposal(contract, state, step))],
        };
    }

    /// <summary>The step that makes the same arguments another act: the look's number, the ramp's step, or the flag's version before.</summary>
    internal static long Step(ExperimentState state, string tool) => tool switch
    {
        "CheckMetrics" => state.NextLook.Number,
        "SnapshotDashboard" => state.Recorded is null ? state.NextLook.Number : 0, // the one at the end, whether a look or a person brought it
        "AllocateTraffic" => state.RampStep,
        "PromoteVariant" or "RollbackVariant" => state.FlagVersion,
        _ => 0,
    };

    /// <summary>The next look.</summary>
    internal static ToolProposal Check(Contract contract, ExperimentState state) => Proposal(contract, state, CheckStep(contract, state));

    /// <summary>The dashboard as it is now.</summary>
    internal static ToolProposal Snapshot(Contract contract, ExperimentState state) => Proposal(contract, state, SnapshotStep(contract, state));

    /// <summary>What a verdict demands of the flag.</summary>
    internal static ToolProposal Settlement(Contract contract, ExperimentState state, Verdict verdict) =>
        Proposal(contract, state, Ending(contract, state, verdict).First(step => step.Tool is "PromoteVariant" or "RollbackVariant"));

    /// <summary>The experiment run, as it is or will be called.</summary>
    internal static string RunId(Contract contract, ExperimentState state) => state.RunId ?? "RUN-" + contract.Hash[..8];

    private static IEnumerable<(string Tool, JsonElement Args)> Steps(Contract contract, ExperimentState state) => state switch
    {
        { Recorded: { IsTerminal: true } verdict } => Ending(contract, state, verdict),
        { RunId: null } or { IsAllocated: false } => Beginning(contract, state),
        { IsRunning: true, NextLook.IsDue: true } => [CheckStep(contract, state), SnapshotStep(contract, state)],
        _ => [],
    };

    private static IEnumerable<(string Tool, JsonElement Args)> Beginning(Contract contract, ExperimentState state)
    {
        var request = contract.Request;
        if (!state.IsRegistered) yield return ("RegisterExperiment", Args(to =>
        {
            to.WriteString("domain", request.Domain);
            to.WriteString("primary_metric", request.PrimaryMetric);
            RequestWriter.WriteTexts(to, "metrics", request.Metrics);
            to.WriteString("hypothesis", request.Hypothesis);
            to.WriteNumber("mde", request.Mde);
            to.WriteNumber("max_duration_days", request.MaxDurationDays);
        }));
        if (state.FlagVersion == 0 || !state.IsFlagTheSame) yield return ("CreateFlag", Args(to =>
        {
            to.WriteString("key", contract.Terms.FlagKey);
            Json.WriteMember(to, "variants", contract.Document.GetProperty("request").GetProperty("treatment_spec"));
        }));
        if (state.RunId is null) yield return ("StartRun", Args(to =>
        {
            to.WriteString("exp_id", contract.Id);
            to.WriteString("population", request.Population);
            to.WriteString("run_name", request.Slug);
        }));
        yield return ("AllocateTraffic", Args(to =>
        {
            to.WriteString("flag_key", contract.Terms.FlagKey);
            Json.WriteMember(to, "split", contract.Document.GetProperty("request").GetProperty("split"));
            to.WriteNumber("coverage", request.Ramp[state.RampStep]);
            RequestWriter.WriteTexts(to, "exposure_rules", request.ExposureRules);
        }));
    }

    private static (string Tool, JsonElement Args) SnapshotStep(Contract contract, ExperimentState state) => ("SnapshotDashboard", Args(to => to.WriteString("run_id", RunId(contract, state))));

    private static (string Tool, JsonElement Args) CheckStep(Contract contract, ExperimentState state) => ("CheckMetrics", Args(to =>
    {
        to.WriteString("run_id", state.RunId);
        to.WriteString("primary_metric", contract.Request.PrimaryMetric);
        Json.WriteMember(to, "guardrails", contract.Document.GetProperty("request").GetProperty("guardrails"));
        to.WriteNumber("lookback_hours", contract.Request.Schedule.GuardrailHours);
    }));

    private static IEnumerable<(string Tool, JsonElement Args)> Ending(Contract contract, ExperimentState state, Verdict verdict) => Ending(verdict).Where(tool => IsLeft(state, tool)).Select(tool => (tool, Args(to =>
    {
        switch (tool)
        {
            case "StopRun":
                to.WriteString("run_id", RunId(contract, state));
                to.WriteString("reason", verdict.Reasons[0].Name);
                break;
            case "PromoteVariant":
                to.WriteString("flag_key", contract.Terms.FlagKey);
                to.WriteString("variant", ((Verdict.Promote)verdict).Arm);
                break;
            case "RollbackVariant":
                to.WriteString("flag_key", contract.Terms.FlagKey);
                to.WriteString("to_variant", ExperimentRequest.ControlName);
                break;
            case "SnapshotDashboard":
                to.WriteString("run_id", RunId(contract, state));
                break;
            default:
                to.WriteString("title", $"{contract.Id} {contract.Terms.FlagKey}: {verdict.State}");
                to.WriteString("description", string.Join("\n", verdict.Reasons.Select(reason => reason.Text)));
                to.WriteString("severity", "high");
                RequestWriter.WriteTexts(to, "owners", []);
                break;
        }
    })));

    // The ticket comes last: a desk that is down keeps nothing else waiting.
    private static IEnumerable<string> Ending(Verdict verdict) => verdict.Tools.Append("SnapshotDashboard").OrderBy(tool => tool == "OpenTicket");

    private static bool IsLeft(ExperimentState state, string tool) => tool switch
    {
        "StopRun" => state.IsRunning,
        "PromoteVariant" or "RollbackVariant" => !state.IsSettled,
        "OpenTicket" => !state.HasTicket,
        "SnapshotDashboard" => !state.HasSnapshot,
        _ => throw new InvalidOperationException($"{tool} ends no experiment."),
    };

    private static ToolProposal Proposal(Contract contract, ExperimentState state, (string Tool, JsonElement Args) step)
    {
        var tool = ExperimentTool.Find(step.Tool)!;
        return new ToolProposal(step.Tool, step.Args, tool.Preconditions, tool.Key(contract, Step(state, step.Tool), step.Args));
    }

    private static JsonElement Args(Action<Utf8JsonWriter> write) => Json.Object(write);
}
