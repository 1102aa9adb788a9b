using System.Text;
using System.Text.Json;
using NJsonSchema;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class PlanSchemaTests
{
    // What both OpenAI's strict structured outputs and Anthropic's take.
    private static readonly string[] Subset = ["type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"];

    private static readonly JsonSchema Document = Compiled(PlanSchema.Document);

    [Fact]
    public void Document_WhatTheRulesPlan_IsValid() => Assert.All(Plans.Everywhere, plan => Assert.Empty(Document.Validate(Text(plan))));

    [Fact]
    public void Document_TheProposals_AreTheTenToolsAndNoOther() => Assert.Equal(
        ExperimentTool.All.Select(tool => tool.Name),
        Branches(PlanSchema.Document).Select(branch => branch.GetProperty("properties").GetProperty("name").GetProperty("enum")[0].GetString()));

    [Fact]
    public void Read_PlansWithOneThingChanged_AcceptsExactlyWhatTheSchemaDoes()
    {
        var (accepted, refused) = (0, 0);
        foreach (var text in Plans.Everywhere.Select(Text).SelectMany(JsonMutation.Of))
        {
            var errors = Document.Validate(text);
            var isRead = IsRead(text);
            Assert.True(isRead == (errors.Count == 0), $"{(isRead ? "read" : "refused")}, while the schema says {string.Join("; ", errors)}: {text}");
            if (isRead) accepted++;
            else refused++;
        }

        Assert.True(accepted > 200 && refused > 2000, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void For_PlansWithOneThingChanged_AdmitsNoneThatCannotBeRead()
    {
        var schema = Compiled(PlanSchema.For(Plans.Contract, Plans.Steps));
        var (accepted, refused) = (0, 0);
        foreach (var text in JsonMutation.Of(Text(RuleBasedPlanner.Plan(Plans.Contract, Plans.Fresh))))
        {
            if (schema.Validate(text).Count > 0)
            {
                refused++;
                continue;
            }

            accepted++;
            Assert.True(IsRead(text), text);
        }

        Assert.True(accepted > 20 && refused > 500, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void For_WhatTheRulesPlan_IsValid() => Assert.Empty(Compiled(PlanSchema.For(Plans.Contract, Plans.Steps)).Validate(Text(RuleBasedPlanner.Plan(Plans.Contract, Plans.Fresh))));

    [Theory]
    [InlineData("\"traffic_split\":{\"control\":50,", "\"traffic_split\":{\"other\":50,")]
    [InlineData("\"variants\":{\"control\":{\"prompt\":\"assistant-v6\"}", "\"variants\":{\"control\":{\"prompt\":6}")]
    [InlineData("\"idempotency_key\":\"CreateFlag/", "\"idempotency_key\":\"CreateFlag/x")]
    [InlineData("\"name\":\"CreateFlag\"", "\"name\":\"StopRun\"")]
    [InlineData("\"run_started\"", "\"started\"")]
    public void For_WhatTheContractDoesNotHave_IsInvalid(string there, string instead)
    {
        var plan = Text(RuleBasedPlanner.Plan(Plans.Contract, Plans.Fresh));
        Assert.Contains(there, plan, StringComparison.Ordinal);

        Assert.NotEmpty(Compiled(PlanSchema.For(Plans.Contract, Plans.Steps)).Validate(plan.Replace(there, instead, StringComparison.Ordinal)));
    }

    [Fact]
    public void For_ValuesOfEveryKind_IsClosedAndInTheSubsetThatModelsTake()
    {
        var contract = Looks.Contract(("treatment_spec", """treatment_spec: {control: {a: [1, x, 2], b: null, c: {}, d: []}, treatmentA: {a: [], b: true, c: {deep: {deeper: 1.5}}, d: ["$ref"]}}"""));
        var plan = RuleBasedPlanner.Plan(contract, Plans.Fresh);
        var schema = PlanSchema.For(contract, plan.ToolProposals);

        Assert.Empty(Compiled(schema).Validate(Text(plan)));
        var objects = 0;
        AssertInSubset(schema, ref objects);
        Assert.True(objects > 15, $"{objects} objects");
    }

    [Fact]
    public void For_NoSteps_IsMisuse() => Assert.Throws<ArgumentOutOfRangeException>(() => PlanSchema.For(Plans.Contract, []));

    private static void AssertInSubset(JsonElement schema, ref int objects)
    {
        Assert.All(schema.EnumerateObject(), keyword => Assert.Contains(keyword.Name, Subset));
        if (schema.TryGetProperty("anyOf", out var branches))
        {
            foreach (var branch in branches.EnumerateArray()) AssertInSubset(branch, ref objects);
            return;
        }

        if (schema.TryGetProperty("items", out var items)) AssertInSubset(items, ref objects);
        Assert.Equal(schema.GetProperty("type").GetString() == "array", schema.TryGetProperty("items", out _));
        if (schema.GetProperty("type").GetString() != "object") return;
        objects++;
        Assert.Equal(JsonValueKind.False, schema.GetProperty("additionalProperties").ValueKind);
        Assert.Equal(schema.GetProperty("properties").EnumerateObject().Select(member => member.Name), schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        foreach (var member in schema.GetProperty("properties").EnumerateObject()) AssertInSubset(member.Value, ref objects);
    }

    private static IEnumerable<JsonElement> Branches(JsonElement schema) =>
        schema.GetProperty("properties").GetProperty("tool_proposals").GetProperty("items").GetProperty("anyOf").EnumerateArray();

    private static JsonSchema Compiled(JsonElement schema) => JsonSchema.FromJsonAsync(schema.GetRawText()).GetAwaiter().GetResult();

    private static string Text(Plan plan) => PlanJson.Write(plan).GetRawText();

    private static bool IsRead(string text)
    {
        try
        {
            PlanJson.Read(Encoding.UTF8.GetBytes(text));
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }
}
