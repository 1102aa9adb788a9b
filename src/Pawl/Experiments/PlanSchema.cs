using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>
/// The JSON Schema of a plan, closed: every member is demanded and no other is allowed. <see cref="PlanJson"/> reads what it admits and nothing else; what
/// JSON Schema cannot say, such as that a plan's split is the contract's, <see cref="PlanVerifier"/> checks.
/// </summary>
public static class PlanSchema
{
    /// <summary>The states that a plan can say an experiment is in.</summary>
    internal static readonly string[] States = ["running", "guardrail_stop", "promote", "rollback", "inconclusive"];

    // Static members are set in the order of the text: these come first, because the document needs them.
    private static readonly Part Text = Typed("string");
    private static readonly Part Texts = List(Text);
    private static readonly Part Number = Typed("number");

    private delegate void Part(Utf8JsonWriter to);

    /// <summary>
    /// The schema of any plan. Three objects in it are open because a contract fills them: <c>allocation.traffic_split</c> and the arguments <c>split</c> of
    /// AllocateTraffic, both of numbers, and <c>variants</c> of CreateFlag.
    /// </summary>
    public static JsonElement Document { get; } = Write(Open(Number), [.. ExperimentTool.All.Select(tool => Proposal(tool.Name, Arguments(tool), Texts, Text))]);

    /// <summary>
    /// The schema of the plans of one contract that propose steps from a list: no object is open, each step has the shape of its arguments and its own key. It
    /// uses only <c>type</c>, <c>properties</c>, <c>required</c>, <c>additionalProperties</c>, <c>items</c>, <c>enum</c> and <c>anyOf</c>, which the structured
    /// outputs of OpenAI (strict) and of Anthropic both take. Whoever serves the model also limits depth and size, so a treatment's value that
    /// is nested very deep may be refused there.
    /// </summary>
    /// <param name="contract">The contract.</param>
    /// <param name="steps">The steps that may be proposed, at least one.</param>
    public static JsonElement For(Contract contract, IReadOnlyList<ToolProposal> steps)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentOutOfRangeException.ThrowIfZero(steps.Count, nameof(steps));
        return Write(Closed([.. contract.Request.Arms.Select(arm => (arm.Name, (Part)Number))]), [.. steps.Select(step =>
            Proposal(step.Name, ShapeOf(step.Args), step.Preconditions.Count == 0 ? Texts : List(OneOf([.. step.Preconditions])), OneOf(step.IdempotencyKey)))]);
    }

    private static JsonElement Write(Part split, IReadOnlyList<Part> proposals) => Json.Object(Closed(
        ("summary", Text),
        ("registration", Closed(("exp_id", Text), ("primary_metric", Text), ("metrics", Texts), ("hypothesis", Text))),
        ("allocation", Closed(("arms", Texts), ("traffic_split", split), ("exposure_rules", Texts))),
        ("monitoring", Closed(("run_id", Text), ("dashboards", Texts), ("checkpoints", List(Number)))),
        ("decision", Closed(("state", OneOf(States)), ("rationale", Text), ("receipts", Texts))),
        ("citations", Texts),
        ("tool_proposals", List(AnyOf(proposals)))).Invoke);

    private static Part Proposal(string tool, Part args, Part preconditions, Part key) =>
        Closed(("name", OneOf(tool)), ("args", args), ("preconditions", preconditions), ("idempotency_key", key));

    private static Part Arguments(ExperimentTool tool) => Closed([.. tool.Arguments.Select(argument => (argument.Name, argument.Kind switch
    {
        ExperimentTool.ArgumentKind.Text => Text,
        ExperimentTool.ArgumentKind.Number => Number,
        ExperimentTool.ArgumentKind.Texts => Texts,
        ExperimentTool.ArgumentKind.Numbers => Open(Number),
        ExperimentTool.ArgumentKind.List => Typed("array"),
        _ => Typed("object"),
    }))]);

    // What a value looks like, down to its leaves: the next one has the same members and the same types.
    private static Part ShapeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Closed([.. value.EnumerateObject().Select(member => (member.Name, ShapeOf(member.Value)))]),
        JsonValueKind.Array => value.GetArrayLength() == 0 ? Texts : List(AnyOf([.. value.EnumerateArray().Select(ShapeOf).DistinctBy(Spelled, StringComparer.Ordinal)])),
        JsonValueKind.String => Text,
        JsonValueKind.Number => Number,
        JsonValueKind.Null => Typed("null"),
        _ => Typed("boolean"),
    };

    private static string Spelled(Part part) => Json.Object(to => Write(to, "shape", part)).GetRawText();

    private static Part Typed(string type) => to => to.WriteString("type", type);

    private static Part OneOf(params string[] texts) => to =>
    {
        to.WriteString("type", "string");
        RequestWriter.WriteTexts(to, "enum", texts);
    };

    private static Part List(Part item) => to =>
    {
        to.WriteString("type", "array");
        Write(to, "items", item);
    };

    private static Part AnyOf(IReadOnlyList<Part> parts) => parts.Count == 1 ? parts[0] : to =>
    {
        to.WriteStartArray("anyOf");
        foreach (var part in parts)
        {
            to.WriteStartObject();
            part(to);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    };

    private static Part Open(Part member) => to =>
    {
        to.WriteString("type", "object");
        Write(to, "additionalProperties", member);
    };

    private static Part Closed(params (string Name, Part Shape)[] members) => to =>
    {
        to.WriteString("type", "object");
        to.WriteStartObject("properties");
        foreach (var (name, shape) in members) Write(to, name, shape);
        to.WriteEndObject();
        RequestWriter.WriteTexts(to, "required", [.. members.Select(member => member.Name)]);
        to.WriteBoolean("additionalProperties", false);
    };

    private static void Write(Utf8JsonWriter to, string name, Part part)
    {
        to.WriteStartObject(name);
        part(to);
        to.WriteEndObject();
    }
}
