using System.Text;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class PlannerSettingsTests
{
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["OPENAI_API_KEY"] = "key-of-openai",
        ["ANTHROPIC_API_KEY"] = "key-of-anthropic",
        ["GATEWAY_KEY"] = "key-of-gateway",
        ["LINE"] = "key-with-line-end\n",
        ["EMPTY"] = "",
    };

    [Fact]
    public void Read_TheRule_NeedsNothingElse() => Assert.Equal(PlannerSettings.Default, Read("{kind: rule}"));

    [Fact]
    public void Read_AModelAlone_HasTheVendorsKeyAndAMinute()
    {
        Assert.Equal(new PlannerSettings.Model { Vendor = ModelVendor.OpenAI, Name = "m-1", Key = "key-of-openai" }, Read("{kind: openai, model: m-1}"));
        Assert.Equal(new PlannerSettings.Model { Vendor = ModelVendor.Anthropic, Name = "m-2", Key = "key-of-anthropic" }, Read("{kind: anthropic, model: m-2}"));
        Assert.Equal(TimeSpan.FromSeconds(60), ((PlannerSettings.Model)Read("{kind: openai, model: m-1}")).Timeout);
    }

    [Fact]
    public void Read_EveryMember_IsTaken() => Assert.Equal(
        new PlannerSettings.Model { Vendor = ModelVendor.OpenAI, Name = "m-1", BaseUrl = new Uri("http://localhost:11434/v1"), Key = "key-of-gateway", Timeout = TimeSpan.FromSeconds(2.5) },
        Read("""{kind: openai, model: m-1, base_url: "http://localhost:11434/v1", key: "${GATEWAY_KEY}", timeout_seconds: 2.5}"""));

    [Theory]
    [InlineData("[]", "planner: expected an object, found an array")]
    [InlineData("{}", "planner: \"kind\" is missing")]
    [InlineData("{kind: gpt}", "planner.kind: \"gpt\" is unknown: there are rule, openai and anthropic")]
    [InlineData("{kind: rule, model: m-1}", "planner.model: only a planner of kind openai or anthropic has it")]
    [InlineData("{kind: openai}", "planner.model: which model?")]
    [InlineData("{kind: openai, model: ''}", "planner.model: expected a text, found an empty one")]
    [InlineData("{kind: openai, model: m-1, temperature: 0}", "planner.temperature: is unknown: there are kind, model, base_url, key, timeout_seconds")]
    [InlineData("{kind: openai, model: m-1, timeout_seconds: 0}", "planner.timeout_seconds: expected a number above 0 and at most 600, found 0")]
    [InlineData("{kind: openai, model: m-1, timeout_seconds: 601}", "planner.timeout_seconds: expected a number above 0 and at most 600, found 601")]
    [InlineData("{kind: openai, model: m-1, base_url: 'ftp://a'}", "planner.base_url: expected an address such as https://gateway.example.com/v1")]
    [InlineData("{kind: openai, model: m-1, base_url: 'https://user:pw@a/v1'}", "planner.base_url: expected an address such as https://gateway.example.com/v1")]
    [InlineData("{kind: openai, model: m-1, key: '${NOT_SET}'}", "planner.key: the environment variable NOT_SET is not set")]
    [InlineData("{kind: openai, model: m-1, key: '${EMPTY}'}", "planner.key: there is none: set OPENAI_API_KEY, or name another variable: key: \"${NAME}\"")]
    [InlineData("{kind: openai, model: m-1, key: '${LINE}'}", "planner.key: it holds a blank, a line end or another character that no key has")]
    public void Read_WhatDoesNotBelongThere_IsRefusedWithThePlace(string yaml, string expected) => Assert.StartsWith(expected, Refusal(() => Read(yaml)), StringComparison.Ordinal);

    [Fact]
    public void Read_NoKeyAnywhere_NamesTheVariable() => Assert.Equal(
        "planner.key: there is none: set ANTHROPIC_API_KEY, or name another variable: key: \"${NAME}\"",
        Refusal(() => Read("{kind: anthropic, model: m-1}", [])));

    [Fact]
    public void ToString_AModel_DoesNotHoldTheKey() => Assert.Equal("OpenAI m-1", Read("{kind: openai, model: m-1}").ToString());

    private static string Refusal(Action read)
    {
        var message = Assert.Throws<BadInputException>(read).Message;
        Assert.DoesNotContain("key-", message, StringComparison.Ordinal);
        return message;
    }

    private static PlannerSettings Read(string yaml, Dictionary<string, string>? environment = null) =>
        PlannerSettings.Read(Yaml.Read(Encoding.UTF8.GetBytes("planner: " + yaml)).GetProperty("planner"), name => (environment ?? Environment).GetValueOrDefault(name));
}
