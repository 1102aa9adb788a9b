using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The JSON form of a plan: closed, as <see cref="PlanSchema"/> has it, so that a planner that says more than it may is refused.</summary>
public static class PlanJson
{
    /// <summary>Writes a plan.</summary>
    public static JsonElement Write(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Json.Object(to =>
        {
            to.WriteString("summary", plan.Summary);
            to.WriteStartObject("registration");
            to.WriteString("exp_id", plan.Registration.ExpId);
            to.WriteString("primary_metric", plan.Registration.PrimaryMetric);
            RequestWriter.WriteTexts(to, "metrics", plan.Registration.Metrics);
            to.WriteString("hypothesis", plan.Registration.Hypothesis);
            to.WriteEndObject();
            to.WriteStartObject("allocation");
            RequestWriter.WriteTexts(to, "arms", plan.Allocation.Arms);
            to.WriteStartObject("traffic_split");
            foreach (var (arm, percent) in plan.Allocation.TrafficSplit) to.WriteNumber(arm, percent);
            to.WriteEndObject();
            RequestWriter.WriteTexts(to, "exposure_rules", plan.Allocation.ExposureRules);
            to.WriteEndObject();
            to.WriteStartObject("monitoring");
            to.WriteString("run_id", plan.Monitoring.RunId);
            RequestWriter.WriteTexts(to, "dashboards", plan.Monitoring.Dashboards);
            to.WriteStartArray("checkpoints");
            foreach (var hours in plan.Monitoring.Checkpoints) to.WriteNumberValue(hours);
            to.WriteEndArray();
            to.WriteEndObject();
            to.WriteStartObject("decision");
            to.WriteString("state", plan.Decision.State);
            to.WriteString("rationale", plan.Decision.Rationale);
            RequestWriter.WriteTexts(to, "receipts", plan.Decision.Receipts);
            to.WriteEndObject();
            RequestWriter.WriteTexts(to, "citations", plan.Citations);
            WriteProposals(to, plan.ToolProposals);
        });
    }

    /// <summary>Reads a plan, at most <see cref="Limits.ExperimentRequestBytes"/>. Whether it may be carried out, <see cref="PlanVerifier"/> says.</summary>
    /// <exception cref="BadInputException">It is no plan; the message has the path to what is wrong.</exception>
    public static Plan Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            if (utf8.Length > Limits.ExperimentRequestBytes) throw new JsonShapeException($"{utf8.Length} bytes are more than the {Limits.ExperimentRequestBytes} allowed");
            return Read(RequestShape.Parts(Yaml.Read(utf8), "a plan", ["summary", "registration", "allocation", "monitoring", "decision", "citations", "tool_proposals"]));
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The plan cannot be used: {e.Message}", e);
        }
    }

    private static Plan Read(Dictionary<string, JsonElement> plan) => new()
    {
        Summary = In(plan, "summary", JsonShape.Text),
        Registration = In(plan, "registration", value =>
        {
            var parts = RequestShape.Parts(value, "a registration", ["exp_id", "primary_metric", "metrics", "hypothesis"]);
            return new PlanRegistration(In(parts, "exp_id", JsonShape.Text), In(parts, "primary_metric", JsonShape.Text), In(parts, "metrics", Texts), In(parts, "hypothesis", JsonShape.Text));
        }),
        Allocation = In(plan, "allocation", value =>
        {
            var parts = RequestShape.Parts(value, "an allocation", ["arms", "traffic_split", "exposure_rules"]);
            return new PlanAllocation(In(parts, "arms", Texts), In(parts, "traffic_split", Split), In(parts, "exposure_rules", Texts));
        }),
        Monitoring = In(plan, "monitoring", value =>
        {
            var parts = RequestShape.Parts(value, "a monitoring", ["run_id", "dashboards", "checkpoints"]);
            return new PlanMonitoring(In(parts, "run_id", JsonShape.Text), In(parts, "dashboards", Texts), In(parts, "checkpoints", list => JsonShape.List(list, RequestShape.Finite)));
        }),
        Decision = In(plan, "decision", value =>
        {
            var parts = RequestShape.Parts(value, "a decision", ["state", "rationale", "receipts"]);
            return new PlanDecision(In(parts, "state", State), In(parts, "rationale", JsonShape.Text), In(parts, "receipts", Texts));
        }),
        Citations = In(plan, "citations", Texts),
        ToolProposals = In(plan, "tool_proposals", value => JsonShape.List(value, Proposal)),
    };

    private static ToolProposal Proposal(JsonElement value)
    {
        var parts = RequestShape.Parts(value, "a proposal", ["name", "args", "preconditions", "idempotency_key"]);
        var tool = In(parts, "name", name => RequestShape.OneOf(name, [.. ExperimentTool.All.Select(tool => (tool.Name, tool))]));
        var args = In(parts, "args", JsonShape.Object);
        if (tool.Faults(args) is [var fault, ..]) throw new JsonShapeException(fault).Inside("args");
        return new ToolProposal(tool.Name, args, In(parts, "preconditions", Texts), In(parts, "idempotency_key", JsonShape.Text));
    }

    private static string State(JsonElement value) =>
        RequestShape.OneOf(value, [.. PlanSchema.States.Select(state => (state, state))]);

    private static List<string> Texts(JsonElement value) => JsonShape.List(value, JsonShape.Text);

    private static Dictionary<string, double> Split(JsonElement value)
    {
        var split = new Dictionary<string, double>(StringComparer.Ordinal);
        JsonShape.Members(value, (arm, percent) => split[arm] = RequestShape.Finite(percent));
        return split;
    }

    private static T In<T>(Dictionary<string, JsonElement> parts, string member, Func<JsonElement, T> read)
    {
        T result = default!;
        JsonShape.Within(member, () => result = read(parts[member]));
        return result;
    }

    private static void WriteProposals(Utf8JsonWriter to, IReadOnlyList<ToolProposal> proposals)
    {
        to.WriteStartArray("tool_proposals");
        foreach (var proposal in proposals)
        {
            to.WriteStartObject();
            to.WriteString("name", proposal.Name);
            Json.WriteMember(to, "args", proposal.Args);
            RequestWriter.WriteTexts(to, "preconditions", proposal.Preconditions);
            to.WriteString("idempotency_key", proposal.IdempotencyKey);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }
}
