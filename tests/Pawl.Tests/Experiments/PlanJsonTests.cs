using System.Text;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class PlanJsonTests
{
    private static readonly Contract Contract = Looks.Contract();

    private static readonly ExperimentState Fresh = new() { Policy = Contracts.Allowed };

    private static string Written => PlanJson.Write(RuleBasedPlanner.Plan(Contract, Fresh)).GetRawText();

    [Fact]
    public void Read_WhatWasWritten_IsTheSamePlanAndAdmitted()
    {
        var plan = Read(Written);

        Assert.Equal(CanonicalJson.Digest(Json.Parse(Written)), CanonicalJson.Digest(PlanJson.Write(plan)));
        Assert.IsType<PlanJudgement.Admitted>(PlanVerifier.Verify(Contract, Fresh, plan));
    }

    [Theory]
    [InlineData("\"summary\":", "\"remark\":", "$.remark: no member of a plan")]
    [InlineData("\"state\":\"running\"", "\"state\":\"won\"", "$.decision.state: there is no \"won\"")]
    [InlineData("\"citations\":[", "\"citations\":[1,", "$.citations[0]: expected a string")]
    [InlineData("\"arms\":", "\"arm\":", "$.allocation.arm: no member of an allocation")]
    [InlineData("\"control\":50", "\"control\":\"50\"", "$.allocation.traffic_split.control: expected a number")]
    [InlineData("\"checkpoints\":[24", "\"checkpoints\":[1e999", "$.monitoring.checkpoints[0]: expected a finite number")]
    [InlineData("\"name\":\"CreateFlag\"", "\"name\":7", "$.tool_proposals[1].name: expected a string")]
    [InlineData("\"name\":\"CreateFlag\"", "\"name\":\"CreateFlag\",\"force\":true", "$.tool_proposals[1].force: no member of a proposal")]
    [InlineData("\"exp_id\":", "\"id\":", "$.registration.id: no member of a registration")]
    public void Read_WhatTheSchemaDoesNotHave_IsRefusedWithItsPath(string there, string instead, string expected)
    {
        var at = Written.IndexOf(there, StringComparison.Ordinal);
        Assert.True(at >= 0, there);

        Assert.Contains(expected, Refusal(Written[..at] + instead + Written[(at + there.Length)..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "$: summary is missing")]
    [InlineData("[]", "$: expected an object, found an array")]
    [InlineData("{\"summary\":", "not valid JSON")]
    public void Read_NoPlan_IsRefused(string text, string expected) => Assert.Contains(expected, Refusal(text), StringComparison.Ordinal);

    private static Plan Read(string text) => PlanJson.Read(Encoding.UTF8.GetBytes(text));

    private static string Refusal(string text) => Assert.Throws<BadInputException>(() => Read(text)).Message;
}
