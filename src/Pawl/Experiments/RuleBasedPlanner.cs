using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The planner that needs no model: what the contract says, step by step, from where the experiment stands. A pure function.</summary>
public static class RuleBasedPlanner
{
    /// <summary>Plans the next steps.</summary>
    public static Plan Plan(Contract contract, ExperimentState state)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(state);
        var request = contract.Request;
        return new Plan
        {
            Summary = $"{request.Slug}: {string.Join(", ", request.Treatments.Select(arm => arm.Name))} against {ExperimentRequest.ControlName} in {request.Domain}, decided on {request.PrimaryMetric}, "
                + $"planned with {contract.Terms.Plan.Total} units in {VerdictRule.Shown(contract.Terms.Plan.Days)} days, at most {VerdictRule.Shown(request.MaxDurationDays)}.",
            Registration = new PlanRegistration(contract.Id, request.PrimaryMetric, request.Metrics, request.Hypothesis),
            Allocation = new PlanAllocation([.. request.Arms.Select(arm => arm.Name)], request.Arms.ToDictionary(arm => arm.Name, arm => arm.Percent, StringComparer.Ordinal), request.ExposureRules),
            Monitoring = new PlanMonitoring(RunId(contract, state), [], [.. Enumerable.Range(1, contract.Terms.Plan.Looks).Select(look => look * request.Schedule.VerdictHours).Where(hours => hours <= request.MaxDurationDays * 24)]),
            Decision = new PlanDecision(state.Recorded?.State ?? "running", state.Recorded is { } verdict ? string.Join("; ", verdict.Reasons.Select(reason => reason.Text)) : "nothing is decided yet", state.Receipts),
            Citations = state.Policy.Clauses,
            ToolProposals = [.. Steps(contract, state).Select(step => Proposal(contract, state, step.Tool, step.Args))],
        };
    }

    /// <summary>The step that makes the same arguments another act: the look's number, or the flag's version before.</summary>
    internal static long Step(ExperimentState state, string tool) => tool switch
    {
        "CheckMetrics" or "SnapshotDashboard" => state.NextLook.Number,
        "AllocateTraffic" or "PromoteVariant" or "RollbackVariant" => state.FlagVersion,
        _ => 0,
    };

    private static string RunId(Contract contract, ExperimentState state) => state.RunId ?? "RUN-" + contract.Hash[..8];

    private static IEnumerable<(string Tool, JsonElement Args)> Steps(Contract contract, ExperimentState state) => state switch
    {
        { Recorded: { IsTerminal: true } verdict } => Ending(contract, state, verdict),
        { RunId: null } or { IsAllocated: false } => Beginning(contract, state),
        { IsRunning: true, NextLook.IsDue: true } => [Check(contract, state), ("SnapshotDashboard", Args(to => to.WriteString("run_id", state.RunId)))],
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
            to.WriteNumber("coverage", request.Ramp[0]);
            RequestWriter.WriteTexts(to, "exposure_rules", request.ExposureRules);
        }));
    }

    private static (string Tool, JsonElement Args) Check(Contract contract, ExperimentState state) => ("CheckMetrics", Args(to =>
    {
        to.WriteString("run_id", state.RunId);
        to.WriteString("primary_metric", contract.Request.PrimaryMetric);
        Json.WriteMember(to, "guardrails", contract.Document.GetProperty("request").GetProperty("guardrails"));
        to.WriteNumber("lookback_hours", contract.Request.Schedule.GuardrailHours);
    }));

    private static IEnumerable<(string Tool, JsonElement Args)> Ending(Contract contract, ExperimentState state, Verdict verdict) => verdict.Tools.Where(tool => tool != "StopRun" || state.IsRunning).Select(tool => (tool, Args(to =>
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
            default:
                to.WriteString("title", $"{contract.Id} {contract.Terms.FlagKey}: {verdict.State}");
                to.WriteString("description", string.Join("\n", verdict.Reasons.Select(reason => reason.Text)));
                to.WriteString("severity", "high");
                RequestWriter.WriteTexts(to, "owners", []);
                break;
        }
    })));

    private static ToolProposal Proposal(Contract contract, ExperimentState state, string name, JsonElement args)
    {
        var tool = ExperimentTool.Find(name)!;
        return new ToolProposal(name, args, tool.Preconditions, tool.Key(contract, Step(state, name), args));
    }

    private static JsonElement Args(Action<Utf8JsonWriter> write) => Json.Object(write);
}
