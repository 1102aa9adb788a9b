using System.Text.Json.Nodes;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What an agent is given is told, and what it is given in confidence is kept nowhere, whoever repeats it.</summary>
public sealed class AgentAccessTests : IDisposable
{
    private const string Name = "PAWL_TEST_AGENT_KEY";
    private readonly string _key = $"k-{Guid.CreateVersion7():N}";

    public AgentAccessTests() => Environment.SetEnvironmentVariable(Name, _key);

    public void Dispose() => Environment.SetEnvironmentVariable(Name, null);

    [Fact]
    public async Task Run_AnAgentThatIsGivenTheNetworkAndMore_SaysSoWhereverTheSandboxIsTold()
    {
        await using var scene = new ChangeScene(SandboxRung.Bubblewrap);

        var change = await scene.RunAsync(scene.Request(ChangeScene.Right) with { Agent = ChangeScene.Agent(ChangeScene.Right) with { Network = true, Environment = [Name], Read = ["/etc/hostname"] } });

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        var text = ProposalText.Markdown(change);
        Assert.Contains("- the agent was given the network; the variable PAWL\\_TEST\\_AGENT\\_KEY; to read /etc/hostname\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("no network", text, StringComparison.Ordinal);
        Assert.Contains("NOT prevented: the network", text, StringComparison.Ordinal);
        var access = JsonNode.Parse($$"""{"network":true,"environment":["{{Name}}"],"read":["/etc/hostname"]}""");
        Assert.True(JsonNode.DeepEquals(access, Json(change)["agent"]!["access"]));
        var receipts = scene.Receipts(change);
        Assert.True(JsonNode.DeepEquals(access, Data(receipts.First(receipt => receipt.Tool == "StartChange"))["access"]));
        Assert.True(JsonNode.DeepEquals(access, Data(receipts.First(receipt => receipt.Tool == "ProposeChange"))["authorship"]!["predicate"]!["access"]));
    }

    [Fact]
    public async Task Run_AnAgentThatIsGivenNothing_SaysSo()
    {
        await using var scene = new ChangeScene(SandboxRung.Bubblewrap, checks: "checks:\n  - {id: test, run: [sh, tests/run.sh], report: {format: tap}, timeout: 20s}\n  - {id: audit, run: [\"true\"], network: allow}");

        var change = await scene.RunAsync(ChangeScene.Right);

        var text = ProposalText.Markdown(change);
        Assert.Contains("no network", text, StringComparison.Ordinal);
        Assert.Contains("- the agent was given nothing besides its checkout\n", text, StringComparison.Ordinal);
        Assert.Contains("- of the gate these had the network: `audit`\n", text, StringComparison.Ordinal);
        Assert.Equal(["audit"], Json(change)["network_of_gate"]!.AsArray().Select(check => check!.GetValue<string>()));
    }

    // The agent pretends that its sandbox failed; writes the value into a file's name; and into what a test says.
    [Theory]
    [InlineData("echo \"bwrap: $PAWL_TEST_AGENT_KEY\" >&2; echo \"it is $PAWL_TEST_AGENT_KEY\"; kill -9 $PPID; sleep 1; exit 3")]
    [InlineData(ChangeScene.Right + "; touch \"file-$PAWL_TEST_AGENT_KEY\"")]
    [InlineData("echo \"is 'one and two' $PAWL_TEST_AGENT_KEY 3\" >> tests/add.test.sh")]
    [InlineData("printf '[submodule \"x\"]\\n\\turl = https://e.example/%s\\n' \"$PAWL_TEST_AGENT_KEY\" > .gitmodules; exit 0")]
    public async Task Run_AnAgentThatRepeatsWhatItWasGivenInConfidence_LeavesItInNoRecord(string script)
    {
        await using var scene = new ChangeScene();
        List<ChangeProgress> told = [];
        scene.Services = scene.Services with { Watch = told.Add };

        var change = await scene.RunAsync(scene.Request(script) with { Agent = ChangeScene.Agent(script) with { Environment = [Name] } });

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.DoesNotContain(_key, Json(change).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_key, string.Concat(told), StringComparison.Ordinal);
        Assert.DoesNotContain(_key, string.Concat(scene.Receipts(change).Select(receipt => $"{receipt.Message}{receipt.Data}")), StringComparison.Ordinal);
        Assert.DoesNotContain(_key, ChangeJson.Write(scene.Services.Changes.Find(change.Id)!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AFileNamedAfterWhatTheAgentWasGivenInConfidence_IsAFinding()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(scene.Request("") with { Agent = ChangeScene.Agent($"{ChangeScene.Right}; touch \"file-${Name}\"") with { Environment = [Name] } });

        Assert.Equal([new Finding(FindingKind.Secret, "file-[redacted]", $"has the value of {Name} in its name")], change.Lanes[0].Attempts[0].Findings);
    }

    [Fact]
    public async Task Run_TheConventionsThatAgentsAreGiven_AreProtected()
    {
        await using var scene = new ChangeScene();
        scene.Write("docs/how-we-work.txt", "Keep to POSIX sh.\n");
        scene.Commit("Say how we work");
        const string Script = ChangeScene.Right + "; echo 'Or not.' >> docs/how-we-work.txt";

        var change = await scene.RunAsync(scene.Request(Script) with { ConventionsPath = "docs/how-we-work.txt" });

        Assert.Equal([new Finding(FindingKind.ProtectedPath, "docs/how-we-work.txt", "Agents are given this file as their standing conventions.")], change.Lanes[0].Attempts[0].Findings);
    }

    [Theory]
    [InlineData("claude -p --permission-mode acceptEdits", "claude")]
    [InlineData("  MODEL=x KEY=a/b /opt/tools/codex-cli exec", "codex-cli")]
    [InlineData("\"/usr/bin/aider\" --yes", "aider")]
    [InlineData("n=$(printf x); claude", "agent")]
    [InlineData(": > file; claude", "agent")]
    [InlineData("for i in 1 2; do claude; done", "for")]
    public void With_ACommand_IsCalledAfterItsProgram(string command, string name) => Assert.Equal(name, new AgentSettings().With(command).Name);

    private static JsonNode Json(Change change)
    {
        using var text = new MemoryStream();
        using (var to = new System.Text.Json.Utf8JsonWriter(text)) ProposalJson.Write(to, change);
        return JsonNode.Parse(text.ToArray())!;
    }

    private static JsonNode Data(Pawl.Ledger.Receipt receipt) => JsonNode.Parse(receipt.Data!)!;
}
